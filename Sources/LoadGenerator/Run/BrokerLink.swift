import EventLoop
import RabbitMQClient

/// A run's connection to the broker, which it makes anew when asked. Lives on the run's loop.
actor BrokerLink {
  enum Event: Sendable {
    /// `isReplyQueueNew`: the run's queue was gone and is declared anew; what was in it is lost.
    case connected(broker: String, isReplyQueueNew: Bool)
    /// May come before the `connected` of its connection.
    case delivery(Delivery)
    case blocked(reason: String)
    case unblocked
    /// The connection is over.
    case lost(RabbitMQError)
    /// There is still none, for a cause that is not the same as before.
    case connectFailed(broker: String, RabbitMQError)
  }

  private enum State {
    case none
    /// Its events are heard, but nobody has been told of it.
    case starting(RabbitMQConnection)
    /// It was over before anybody was told.
    case endedAtStart(RabbitMQError)
    case connected(RabbitMQConnection)
  }

  /// How long a broker may take to say whether the run's queue is there.
  private static let inspectionLimit = Duration.seconds(5)
  /// A reply repeats what the request named, and a request has at most 64 KiB.
  private static let maximumReplyByteCount = 256 * 1024

  private let loop: EventLoop
  private let brokers: [RabbitMQConfiguration]
  private let replyPath: ReplyPath
  private var nextBroker = 0
  private var state = State.none
  private var onEvent: (@Sendable (Event) -> Void)?
  private var isClosed = false
  private var backoff = ExponentialBackoff(maximum: .seconds(2))
  /// Since the last connection: for how long, in all, a broker has let the run in but not to its queue.
  private var unservedFor = Duration.zero
  /// Until somebody is told.
  private var isReplyQueueNew = false
  private var generator = SystemRandomNumberGenerator()
  /// Ends before its time when the link is closed.
  private let pause: LoopPause

  nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

  init(brokers: [RabbitMQConfiguration], replyPath: ReplyPath, on loop: EventLoop) {
    self.brokers = brokers
    self.replyPath = replyPath
    self.loop = loop
    pause = LoopPause(on: loop)
  }

  /// Connects to the first broker that lets it. `onEvent` is called on the loop from then on, until `close`.
  ///
  /// - Throws: the last broker's error where none does.
  func connect(onEvent: @escaping @Sendable (Event) -> Void) async throws(RabbitMQError) {
    self.onEvent = onEvent
    for remaining in brokers.indices.reversed() {
      let broker = takeBroker()
      do throws(RabbitMQError) {
        return try adopt(try await open(broker, replyPath.channelPlan(declares: true)), broker)
      } catch {
        guard remaining > 0 else { throw error }
      }
    }
  }

  /// Connects again, with pauses, until it has or is closed.
  func reconnect() async {
    var cause: RabbitMQError.Code?
    while !isClosed {
      let start = ContinuousClock.now
      await pause.wait(for: backoff.nextDelay(using: &generator))
      guard !isClosed else { return }
      let broker = takeBroker()
      do throws(RabbitMQError) {
        let opened = try await openAgain(broker, since: start)
        guard !isClosed else { return await opened.close() }
        return try adopt(opened, broker)
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
    pause.end()
    guard let connection = await connectionToClose() else { return }
    state = .none
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

  private var connection: RabbitMQConnection? {
    switch state {
    case .none, .endedAtStart: nil
    case .starting(let connection), .connected(let connection): connection
    }
  }

  /// Starts a connection, and then tells of it: what is published on one that is not started may be its end, which nobody would hear of.
  ///
  /// - Throws: why it was over at once; nobody was told of it.
  private func adopt(_ opened: RabbitMQConnection, _ broker: RabbitMQConfiguration) throws(RabbitMQError) {
    state = .starting(opened)
    opened.assumeIsolated {
      $0.start { [weak self] event in self?.assumeIsolated { $0.receive(event) } }
    }
    if case .endedAtStart(let error) = state {
      state = .none
      throw error
    }
    state = .connected(opened)
    backoff.reset()
    unservedFor = .zero
    onEvent?(.connected(broker: broker.description, isReplyQueueNew: isReplyQueueNew))
    isReplyQueueNew = false
  }

  private func receive(_ event: RabbitMQEvent) {
    switch event {
    case .delivery(let delivery): onEvent?(.delivery(delivery))
    // No worker writes such an answer; the connection ends, and the request goes unanswered.
    case .unreadable: break
    case .blocked(let reason): onEvent?(.blocked(reason: reason))
    case .unblocked: onEvent?(.unblocked)
    case .closed(let error):
      if case .starting = state {
        state = .endedAtStart(error)
      } else {
        state = .none
        onEvent?(.lost(error))
      }
    }
  }

  /// Where the broker was lost, one that is made only to delete the queue, if it can be made at once.
  private func connectionToClose() async -> RabbitMQConnection? {
    if let connection { return connection }
    guard replyPath.isDurable else { return nil }
    return try? await open(takeBroker(), ChannelPlan())
  }

  // MARK: A queue that is lost

  /// Opens a connection to a broker that has the run's queue already, or had it: where it is gone it is declared anew.
  ///
  /// - Parameter start: when the attempt began.
  private func openAgain(
    _ broker: RabbitMQConfiguration,
    since start: ContinuousClock.Instant
  ) async throws(RabbitMQError) -> RabbitMQConnection {
    do throws(RabbitMQError) {
      return try await open(broker, replyPath.channelPlan(declares: false))
    } catch {
      guard await isReplyQueueGone(from: broker, since: start) else { throw error }
      isReplyQueueNew = true
      return try await open(broker, replyPath.channelPlan(declares: true))
    }
  }

  /// Looks for the queue on a connection that does not need it. One that stays out of use is deleted: a RabbitMQ that was killed just
  /// after a queue was declared knows its name but nothing else (https://github.com/rabbitmq/rabbitmq-server/issues/15725).
  private func isReplyQueueGone(from broker: RabbitMQConfiguration, since start: ContinuousClock.Instant) async -> Bool {
    guard let inspection = try? await open(broker, ChannelPlan()) else { return false }
    await inspection.start { _ in }
    let exists = (try? await inspection.queueExists(replyPath.replyTo, within: Self.inspectionLimit)) ?? true
    if exists {
      unservedFor += start.duration(to: .now)
      if unservedFor > replyPath.patience { await inspection.deleteQueue(replyPath.replyTo) }
    }
    await inspection.close()
    return !exists
  }
}
