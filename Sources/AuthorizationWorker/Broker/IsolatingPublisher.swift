import EventLoop
import RabbitMQClient

/// What `IsolatingPublisher` needs of a connection.
protocol PublishingConnection: Sendable {
  func start(onEvent: @escaping @Sendable (RabbitMQEvent) -> Void) async
  func publish(_ message: OutgoingMessage) async throws(RabbitMQError) -> PublishOutcome
  func close() async
  var silence: Duration { get async }
}

extension RabbitMQConnection: PublishingConnection {}

/// Publishes on a connection that may end because of one message, and then on another.
///
/// RabbitMQ before 4.2 fails, and closes the connection, when a message goes to a Direct Reply-to name that it did not make, or that it
/// made on a node that has left the cluster
/// (https://github.com/rabbitmq/rabbitmq-server/blob/v3.10.8/deps/rabbit/src/rabbit_direct_reply_to.erl#L64, where nothing catches). It does
/// not say which message that was. So those that it had not confirmed are published again, each alone, until the one is found that it
/// fails on, and that one counts as refused. A broker that fails on any other message is in trouble itself, and the session ends.
actor IsolatingPublisher {
  typealias Open = @Sendable () async throws(RabbitMQError) -> any PublishingConnection

  private let loop: EventLoop
  private let open: Open
  private var connection: (any PublishingConnection)?
  private var onEvent: (@Sendable (RabbitMQEvent) -> Void)?
  private var isClosed = false
  /// Whether the broker takes nothing on the connection, for now.
  private var isBlocked = false
  /// How many publish alone, one of them at a time, and the others in line behind it.
  private var loneCount = 0
  private var line: [CheckedContinuation<Void, Never>] = []

  nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

  /// - Parameters:
  ///   - connection: The first one.
  ///   - open: Makes another.
  init(_ connection: any PublishingConnection, loop: EventLoop, open: @escaping Open) {
    self.connection = connection
    self.loop = loop
    self.open = open
  }

  /// Begins; `onEvent` is called on the loop. `closed` comes when there is no connection and cannot be another.
  func start(onEvent: @escaping @Sendable (RabbitMQEvent) -> Void) async {
    self.onEvent = onEvent
    if let connection { await start(connection) }
  }

  /// Publishes and waits for the broker's word on it; `nacked` where the broker fails on this very message.
  func publish(_ message: OutgoingMessage) async throws(RabbitMQError) -> PublishOutcome {
    if loneCount == 0, let connection {
      do {
        return try await connection.publish(message)
      } catch {
        guard error.code == .brokerFailed else { throw error }
      }
    }
    return try await publishAlone(message)
  }

  /// For how long nothing has come from the broker.
  var silence: Duration {
    get async { await connection?.silence ?? .zero }
  }

  /// Ends the connection; whoever waits gets an error, and no event comes any more.
  func close() async {
    isClosed = true
    onEvent = nil
    await connection?.close()
  }

  private func publishAlone(_ message: OutgoingMessage) async throws(RabbitMQError) -> PublishOutcome {
    loneCount += 1
    if loneCount > 1 { await withCheckedContinuation { line.append($0) } }
    defer {
      loneCount -= 1
      if !line.isEmpty { line.removeFirst().resume() }
    }
    do {
      return try await openConnection().publish(message)
    } catch {
      guard error.code == .brokerFailed else { throw error }
      guard message.isDirectReply else {
        end(error)
        throw error
      }
      return .nacked
    }
  }

  private func openConnection() async throws(RabbitMQError) -> any PublishingConnection {
    guard !isClosed else { throw RabbitMQError(.closed, "the connection is closed") }
    if let connection { return connection }
    let connection: any PublishingConnection
    do {
      connection = try await open()
    } catch {
      end(error)
      throw error
    }
    guard !isClosed else {
      await connection.close()
      throw RabbitMQError(.closed, "the connection is closed")
    }
    self.connection = connection
    await start(connection)
    return connection
  }

  private func start(_ connection: any PublishingConnection) async {
    await connection.start { [weak self] event in self?.assumeIsolated { $0.receive(event) } }
  }

  private func receive(_ event: RabbitMQEvent) {
    switch event {
    case .closed(let error) where error.code == .brokerFailed:
      connection = nil
      // The next connection is told anew.
      if isBlocked { onEvent?(.unblocked) }
      isBlocked = false
      return
    case .blocked: isBlocked = true
    case .unblocked: isBlocked = false
    default: break
    }
    onEvent?(event)
  }

  /// There is no connection, and there will be none.
  private func end(_ error: RabbitMQError) {
    guard !isClosed else { return }
    isClosed = true
    onEvent?(.closed(error))
  }
}
