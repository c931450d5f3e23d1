import EventLoop
import RabbitMQClient

/// A run's connection to the broker, which it makes anew when asked. Lives on the run's loop.
actor BrokerLink {
  enum Event: Sendable {
    case connected(broker: String)
    case delivery(Delivery)
    case blocked(reason: String)
    case unblocked
    /// The connection is over.
    case lost(RabbitMQError)
    /// There is still none, for a cause that is not the same as before.
    case connectFailed(broker: String, RabbitMQError)
  }

  /// A reply repeats what the request named, and a request has at most 64 KiB.
  private static let maximumReplyByteCount = 256 * 1024

  private let loop: EventLoop
  private let brokers: [RabbitMQConfiguration]
  private let replyPath: ReplyPath
  private var nextBroker = 0
  private var connection: RabbitMQConnection?
  private var onEvent: (@Sendable (Event) -> Void)?
  private var isClosed = false
  private var backoff = ExponentialBackoff(maximum: .seconds(2))
  private var generator = SystemRandomNumberGenerator()
  private var pause: (timer: TimerID, waiter: CheckedContinuation<Void, Never>)?

  nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

  init(brokers: [RabbitMQConfiguration], replyPath: ReplyPath, on loop: EventLoop) {
    self.brokers = brokers
    self.replyPath = replyPath
    self.loop = loop
  }

  /// Connects to the first broker that lets it. `onEvent` is called on the loop from then on, until `close`.
  ///
  /// - Throws: the last broker's error where none does.
  func connect(onEvent: @escaping @Sendable (Event) -> Void) async throws(RabbitMQError) {
    self.onEvent = onEvent
    for remaining in brokers.indices.reversed() {
      let broker = takeBroker()
      do throws(RabbitMQError) {
        return await adopt(try await open(broker, replyPath.channelPlan), broker)
      } catch {
        guard remaining > 0 else { throw error }
      }
    }
  }

  /// Connects again, with pauses, until it has or is closed.
  func reconnect() async {
    var cause: RabbitMQError.Code?
    while connection == nil, !isClosed {
      await pause(for: backoff.nextDelay(using: &generator))
      guard !isClosed else { return }
      let broker = takeBroker()
      do throws(RabbitMQError) {
        let opened = try await open(broker, replyPath.channelPlan)
        guard !isClosed else { return await opened.close() }
        await adopt(opened, broker)
      } catch {
        if error.code != cause { onEvent?(.connectFailed(broker: broker.description, error)) }
        cause = error.code
      }
    }
  }

  /// Without effect while there is no connection. `onOutcome` gets an error where the connection is over before the broker's answer.
  func publish(_ message: OutgoingMessage, onOutcome: @escaping RabbitMQConnection.OutcomeHandler) {
    connection?.assumeIsolated { $0.publish(message, onOutcome: onOutcome) }
  }

  func acknowledge(_ tag: DeliveryTag) {
    connection?.assumeIsolated { $0.acknowledge(tag) }
  }

  /// Ends the connection, and deletes the run's queue where it would stay.
  func close() async {
    isClosed = true
    onEvent = nil
    endPause()
    guard let connection = await connectionToClose() else { return }
    self.connection = nil
    if replyPath.isDurable { await connection.deleteQueue(replyPath.replyTo) }
    await connection.close()
  }

  // MARK: Connections

  private func takeBroker() -> RabbitMQConfiguration {
    defer { nextBroker = (nextBroker + 1) % brokers.count }
    return brokers[nextBroker]
  }

  private func open(_ broker: RabbitMQConfiguration, _ plan: ChannelPlan) async throws(RabbitMQError) -> RabbitMQConnection {
    try await RabbitMQConnection.open(broker, plan: plan, maximumBodyByteCount: Self.maximumReplyByteCount, on: loop)
  }

  private func adopt(_ opened: RabbitMQConnection, _ broker: RabbitMQConfiguration) async {
    connection = opened
    backoff.reset()
    onEvent?(.connected(broker: broker.description))
    await opened.start { [weak self] event in
      self?.assumeIsolated { $0.receive(event) }
    }
  }

  private func receive(_ event: RabbitMQEvent) {
    switch event {
    case .delivery(let delivery): onEvent?(.delivery(delivery))
    // No worker writes such an answer; the connection ends, and the request goes unanswered.
    case .unreadable: break
    case .blocked(let reason): onEvent?(.blocked(reason: reason))
    case .unblocked: onEvent?(.unblocked)
    case .closed(let error):
      connection = nil
      onEvent?(.lost(error))
    }
  }

  /// Where the broker was lost, one that is made only to delete the queue, if it can be made at once.
  private func connectionToClose() async -> RabbitMQConnection? {
    if let connection { return connection }
    guard replyPath.isDurable else { return nil }
    return try? await open(takeBroker(), ChannelPlan())
  }

  // MARK: Pauses

  /// Ends before its time when the link is closed.
  private func pause(for delay: Duration) async {
    await withCheckedContinuation { waiter in
      let timer = loop.schedule(after: delay) { [weak self] in self?.assumeIsolated { $0.endPause() } }
      pause = (timer, waiter)
    }
  }

  private func endPause() {
    guard let pause else { return }
    self.pause = nil
    loop.cancel(pause.timer)
    pause.waiter.resume()
  }
}
