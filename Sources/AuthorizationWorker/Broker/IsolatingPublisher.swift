import DequeModule
import EventLoop
import RabbitMQClient

/// What `IsolatingPublisher` needs of a connection.
protocol PublishingConnection: Actor {
  func start(onEvent: @escaping @Sendable (RabbitMQEvent) -> Void)
  func publish(_ message: OutgoingMessage, onOutcome: @escaping RabbitMQConnection.OutcomeHandler)
  func close() async
  var silence: Duration { get }
}

extension RabbitMQConnection: PublishingConnection {}

/// Publishes on a connection that may end because of one message, and then on another.
///
/// RabbitMQ before 4.2 fails, and closes the connection, when a message goes to a Direct Reply-to name that it did not make, or that it
/// made on a node that has left the cluster
/// (https://github.com/rabbitmq/rabbitmq-server/blob/v3.10.8/deps/rabbit/src/rabbit_direct_reply_to.erl#L64, where nothing catches). It does
/// not say which message that was. So those that it had not confirmed are published again, each alone and once, before any that comes
/// meanwhile; one to such a name that it fails on again counts as refused. No other message is known to have that effect: where the broker
/// fails on one that is alone, it is itself at fault, and the connection is over.
actor IsolatingPublisher {
  typealias OutcomeHandler = RabbitMQConnection.OutcomeHandler
  typealias Open = @Sendable () async throws(RabbitMQError) -> any PublishingConnection

  private let loop: EventLoop
  private let open: Open
  /// Before a connection takes another's place, until a message gets through.
  private var backoff: ExponentialBackoff
  private var generator = SystemRandomNumberGenerator()
  /// Ends before its time when the publisher is closed.
  private let pause: LoopPause
  private var connection: (any PublishingConnection)?
  private var onEvent: (@Sendable (RabbitMQEvent) -> Void)?
  /// The broker takes no publications on `connection` for now, and whoever listens knows.
  private var isBlocked = false
  private var isClosed = false
  /// Tells one connection from another.
  private var connectionCount = 1
  /// How many publish on it beside each other.
  private var sharedCount = 0
  /// How many are still to publish alone, one of them at a time, and the others in line behind it. Those that were under way when their
  /// connection ended count from then on, also while they have not heard of it: none that comes meanwhile may be taken for one of them.
  private var suspectCount = 0
  private var isAlone = false
  private var line: Deque<CheckedContinuation<Void, Never>> = []
  /// What came meanwhile.
  private var newcomers: [(message: OutgoingMessage, onOutcome: OutcomeHandler)] = []

  nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

  /// - Parameters:
  ///   - connection: The first one.
  ///   - backoff: How long to wait before that. One message after another may be of the kind that ends a connection, so it is short: those
  ///     behind wait too.
  ///   - open: Makes another.
  init(
    _ connection: any PublishingConnection,
    loop: EventLoop,
    backoff: ExponentialBackoff = ExponentialBackoff(initial: .milliseconds(10), maximum: .milliseconds(250)),
    open: @escaping Open
  ) {
    self.connection = connection
    self.loop = loop
    pause = LoopPause(on: loop)
    self.backoff = backoff
    self.open = open
  }

  /// Begins; `onEvent` is called on the loop. `closed` comes when there is no connection and cannot be another.
  func start(onEvent: @escaping @Sendable (RabbitMQEvent) -> Void) async {
    self.onEvent = onEvent
    if let connection { await start(connection) }
  }

  /// Publishes; `onOutcome` is called on the loop with the broker's word on it, `nacked` where the broker fails on this very message.
  func publish(_ message: OutgoingMessage, onOutcome: @escaping OutcomeHandler) {
    guard suspectCount == 0 else { return newcomers.append((message, onOutcome)) }
    guard let connection else {
      suspectCount += 1
      return publishAlone(message, onOutcome)
    }
    let number = connectionCount
    sharedCount += 1
    connection.assumeIsolated {
      $0.publish(message) { result in self.assumeIsolated { $0.conclude(message, on: number, result, onOutcome) } }
    }
  }

  /// For how long nothing has come from the broker.
  var silence: Duration {
    get async { await connection?.silence ?? .zero }
  }

  /// Ends the connection; whoever waits gets an error, and no event comes any more.
  func close() async {
    isClosed = true
    onEvent = nil
    pause.end()
    await connection?.close()
  }

  private func conclude(
    _ message: OutgoingMessage,
    on number: Int,
    _ result: Result<PublishOutcome, RabbitMQError>,
    _ onOutcome: @escaping OutcomeHandler
  ) {
    if case .failure(let error) = result, error.code == .brokerFailed {
      if number == connectionCount { noteFailure() }
      return publishAlone(message, onOutcome)
    }
    if number == connectionCount { sharedCount -= 1 } else { endSuspicion() }
    onOutcome(result)
  }

  /// The broker failed: whoever published on the connection is a suspect.
  private func noteFailure() {
    connection = nil
    connectionCount += 1
    suspectCount += sharedCount
    sharedCount = 0
  }

  private func endSuspicion() {
    suspectCount -= 1
    guard suspectCount == 0 else { return }
    let newcomers = newcomers
    self.newcomers.removeAll()
    for newcomer in newcomers { publish(newcomer.message, onOutcome: newcomer.onOutcome) }
  }

  /// Of a message that counts as a suspect.
  private func publishAlone(_ message: OutgoingMessage, _ onOutcome: @escaping OutcomeHandler) {
    Task.immediate {
      do throws(RabbitMQError) {
        onOutcome(.success(try await publishAlone(message)))
      } catch {
        onOutcome(.failure(error))
      }
    }
  }

  private func publishAlone(_ message: OutgoingMessage) async throws(RabbitMQError) -> PublishOutcome {
    if isAlone { await withCheckedContinuation { line.append($0) } }
    isAlone = true
    defer { leaveLine() }
    let connection = try await openConnection()
    do {
      let outcome = try await withCheckedContinuation { waiter in
        connection.assumeIsolated { $0.publish(message) { waiter.resume(returning: $0) } }
      }.get()
      // The first on a connection that took another's place is alone: those that are not need not say it.
      backoff.reset()
      return outcome
    } catch {
      guard error.code == .brokerFailed else { throw error }
      guard message.isDirectReply else { throw end(error) }
      return .nacked
    }
  }

  private func leaveLine() {
    // The next one keeps the place from now on, though it goes on only later.
    if let next = line.popFirst() { next.resume() } else { isAlone = false }
    endSuspicion()
  }

  private func openConnection() async throws(RabbitMQError) -> any PublishingConnection {
    guard !isClosed else { throw RabbitMQError(.closed, "the connection is closed") }
    if let connection { return connection }
    await pause.wait(for: backoff.nextDelay(using: &generator))
    guard !isClosed else { throw RabbitMQError(.closed, "the connection is closed") }
    let connection: any PublishingConnection
    do {
      connection = try await open()
    } catch {
      throw end(error)
    }
    guard !isClosed else {
      await connection.close()
      throw RabbitMQError(.closed, "the connection is closed")
    }
    self.connection = connection
    await start(connection)
    // Over before anything was published on it: that is no message's fault.
    guard self.connection != nil else { throw end(RabbitMQError(.brokerFailed, "the broker failed on a new connection")) }
    return connection
  }

  /// There is no connection, and will be none.
  private func end(_ error: RabbitMQError) -> RabbitMQError {
    isClosed = true
    onEvent?(.closed(error))
    onEvent = nil
    return error
  }

  private func start(_ connection: any PublishingConnection) async {
    await connection.start { [weak self] event in self?.assumeIsolated { $0.receive(event) } }
  }

  private func receive(_ event: RabbitMQEvent) {
    switch event {
    case .closed(let error) where error.code == .brokerFailed:
      noteFailure()
      // What the broker would say of the next one, it says anew.
      if isBlocked { receive(.unblocked) }
      return
    case .blocked: isBlocked = true
    case .unblocked: isBlocked = false
    case .delivery, .unreadable, .closed: break
    }
    onEvent?(event)
  }
}
