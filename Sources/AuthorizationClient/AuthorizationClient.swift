public import Authorization
import EventLoop
public import RabbitMQClient

/// Asks the workers, over RabbitMQ: the calling side of the contract's sections 2 and 3.
///
/// One client holds one connection and any number of questions at a time. It is made for reuse; a client whose connection is lost
/// answers every question with `disconnected`, and its owner makes another.
///
/// ```swift
/// let client = try await AuthorizationClient.connect(to: broker)
/// let reply = try await client.checkAccess(request, timeout: .seconds(5))
/// if reply.decision == .allow { … }
/// ```
public actor AuthorizationClient {
  /// How replies come back.
  public enum ReplyMode: String, Sendable, CaseIterable {
    /// RabbitMQ's Direct Reply-to: no queue, the fastest. A reply to a caller that has gone is dropped by the broker.
    case direct
    /// An exclusive queue of the client's own.
    case queue
  }

  public static let defaultRequestQueue = "aviso.ecpds.requests"
  private static let directReplyTo: ShortString = "amq.rabbitmq.reply-to"
  /// A reply repeats what the request named, and a request has at most 64 KiB.
  private static let maximumReplyByteCount = 256 * 1024

  private let loop: EventLoop
  private let connection: RabbitMQConnection
  private let requestQueue: ShortString
  private let replyTo: ShortString
  private var questions: [ShortString: Question] = [:]
  private var lastQuestionNumber: UInt64 = 0
  /// Tells the correlation ids of this client from those of others, where a reply queue's name could be used again.
  private let correlationPrefix = String(UInt64.random(in: 0...UInt64.max), radix: 16)
  private var lost: RabbitMQError?
  /// The broker's reason to take no publications, while it has one.
  private var blockedReason: String?

  /// Replies that no question waited for: late, or a second answer to a request that was delivered twice.
  public private(set) var unexpectedReplyCount = 0

  private struct Question {
    let waiter: CheckedContinuation<Result<AuthorizationReply, AuthorizationClientError>, Never>
    let timer: TimerID
  }

  public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

  /// Connects.
  ///
  /// - Throws: `RabbitMQError` when there is no way to the broker or it refuses the login.
  public static func connect(
    to broker: RabbitMQConfiguration,
    requestQueue: String = defaultRequestQueue,
    replyMode: ReplyMode = .direct
  ) async throws(RabbitMQError) -> AuthorizationClient {
    guard requestQueue.utf8.count <= ShortString.maximumByteCount else {
      throw RabbitMQError(.protocolViolation, "the name of a queue has at most \(ShortString.maximumByteCount) bytes")
    }
    let loop: EventLoop
    do {
      loop = try EventLoop(name: "client")
    } catch {
      throw RabbitMQError(.internalError, "\(error)")
    }
    var declarations: [Declaration] = []
    var replyTo = directReplyTo
    if replyMode == .queue {
      replyTo = ShortString("aviso.ecpds.replies.\(String(UInt64.random(in: 0...UInt64.max), radix: 16))")
      declarations = [.queue(QueueDeclaration(name: replyTo, isDurable: false, isExclusive: true))]
    }
    let plan = ChannelPlan(
      declarations: declarations,
      confirmsPublishes: true,
      consumer: .init(queue: replyTo, prefetchCount: 0, acknowledges: false)
    )
    do {
      let connection = try await RabbitMQConnection.open(
        broker,
        plan: plan,
        maximumBodyByteCount: maximumReplyByteCount,
        on: loop
      )
      let client = AuthorizationClient(loop: loop, connection: connection, requestQueue: requestQueue, replyTo: replyTo)
      await client.start()
      return client
    } catch {
      loop.shutdown()
      throw error
    }
  }

  private init(loop: EventLoop, connection: RabbitMQConnection, requestQueue: String, replyTo: ShortString) {
    self.loop = loop
    self.connection = connection
    self.requestQueue = ShortString(requestQueue)
    self.replyTo = replyTo
  }

  deinit {
    Task.detached { [connection, loop] in
      await connection.close()
      loop.shutdown()
    }
  }

  private func start() async {
    await connection.start { [weak self] event in self?.assumeIsolated { $0.receive(event) } }
  }

  /// Asks whether a user may see what the identifier names.
  ///
  /// - Parameter timeout: how long to wait for the reply; the broker takes the request out of the queue, to the dead letters, after as long.
  /// - Throws: `AuthorizationClientError` where there is no reply; only a reply whose decision is `allow` opens anything.
  public func checkAccess(
    _ request: AuthorizationRequest,
    timeout: Duration
  ) async throws(AuthorizationClientError) -> AuthorizationReply {
    do {
      try request.validate()
    } catch {
      throw AuthorizationClientError(.invalidRequest, error.message)
    }
    // A question that waited for the broker would be asked when nobody waits for the answer any more.
    if let blockedReason { throw AuthorizationClientError(.refused, "the broker takes no requests for now: \(blockedReason)") }
    if let lost { throw AuthorizationClientError(.disconnected, lost.message) }
    lastQuestionNumber += 1
    let correlationID = ShortString("\(correlationPrefix)-\(lastQuestionNumber)")
    let message = OutgoingMessage(
      routingKey: requestQueue,
      isMandatory: true,
      properties: properties(correlationID: correlationID, timeout: timeout),
      body: request.encoded()
    )
    let result = await withTaskCancellationHandler {
      await ask(message, correlationID: correlationID, timeout: timeout)
    } onCancel: {
      Task { await self.answer(correlationID, .failure(AuthorizationClientError(.cancelled, "the question was cancelled"))) }
    }
    return try result.get()
  }

  /// Ends the connection; whoever still waits gets `disconnected`.
  public func close() async {
    await connection.close()
    lose(RabbitMQError(.closed, "the client was closed"))
  }

  private func properties(correlationID: ShortString, timeout: Duration) -> MessageProperties {
    var properties = MessageProperties(contentType: "application/json", correlationID: correlationID, replyTo: replyTo)
    // RabbitMQ takes no more than 32 bits of milliseconds.
    let milliseconds = min(max(timeout / .milliseconds(1), 1), Double(UInt32.max))
    properties.expiration = ShortString(String(UInt32(milliseconds)))
    return properties
  }

  private func ask(
    _ message: OutgoingMessage,
    correlationID: ShortString,
    timeout: Duration
  ) async -> Result<AuthorizationReply, AuthorizationClientError> {
    await withCheckedContinuation { waiter in
      let timer = loop.schedule(after: timeout) { [weak self] in
        self?.assumeIsolated {
          $0.answer(correlationID, .failure(AuthorizationClientError(.timedOut, "no reply within \(timeout)")))
        }
      }
      questions[correlationID] = Question(waiter: waiter, timer: timer)
      Task.immediate {
        do throws(RabbitMQError) {
          switch try await connection.publish(message) {
          case .confirmed: break
          case .returned: answer(correlationID, .failure(AuthorizationClientError(.noQueue, "there is no queue \(requestQueue)")))
          case .nacked:
            answer(correlationID, .failure(AuthorizationClientError(.refused, "the queue \(requestQueue) takes no more")))
          }
        } catch {
          answer(correlationID, .failure(AuthorizationClientError(.disconnected, error.message)))
        }
      }
    }
  }

  private func receive(_ event: RabbitMQEvent) {
    switch event {
    case .delivery(let delivery):
      guard let correlationID = delivery.properties.correlationID, questions[correlationID] != nil else {
        unexpectedReplyCount += 1
        return
      }
      answer(correlationID, .success(AuthorizationReply(decoding: delivery.body)))
    // Replies are not acknowledged: one that cannot be read ends the connection.
    case .unreadable: break
    case .closed(let error): lose(error)
    case .blocked(let reason): blockedReason = reason
    case .unblocked: blockedReason = nil
    }
  }

  private func answer(_ correlationID: ShortString, _ result: Result<AuthorizationReply, AuthorizationClientError>) {
    guard let question = questions.removeValue(forKey: correlationID) else { return }
    loop.cancel(question.timer)
    question.waiter.resume(returning: result)
  }

  private func lose(_ error: RabbitMQError) {
    lost = lost ?? error
    for correlationID in questions.keys {
      answer(correlationID, .failure(AuthorizationClientError(.disconnected, error.message)))
    }
  }
}
