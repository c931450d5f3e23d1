import Authorization
import EventLoop
import Logging
import RabbitMQClient
import ServiceLifecycle

/// Keeps the worker consuming: connects, lets a session's intake take the deliveries, connects again when the broker is lost, and drains
/// on a graceful shutdown.
actor RequestConsumer: Service {
  enum State {
    case connecting(cause: RabbitMQError?)
    case consuming
    case draining
  }

  struct Settings {
    var broker: BrokerLogin
    var topology: Topology
    var intake: SessionIntake.Settings
    var drainTimeout: Duration
  }

  /// How a session ends.
  private enum Ending {
    case lost(RabbitMQError)
    case drained
    case drainTimedOut
  }

  private let loop: EventLoop
  private let settings: Settings
  private let handler: RequestHandler
  private let metrics: WorkerMetrics
  private let logger: Logger

  private var state = State.connecting(cause: nil)
  /// Why the broker takes no replies, while it does not.
  private var blockedReason: String?
  /// Requests that were still in hand when the drain ended; they are the broker's again.
  private(set) var unansweredCount = 0
  private var backoff = ExponentialBackoff()
  private var toldCauses = ToldCauses()
  private var generator = SystemRandomNumberGenerator()
  private var session: BrokerSession?
  private var intake: SessionIntake?
  private var opening: CheckedContinuation<Result<BrokerSession, RabbitMQError>?, Never>?
  private var endings: AsyncStream<Ending>.Continuation?
  private var isDraining = false
  private var hasBeenConnected = false
  /// Ends before its time when the worker is to drain.
  private let pause: LoopPause

  nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

  init(loop: EventLoop, settings: Settings, handler: RequestHandler, metrics: WorkerMetrics, logger: Logger) {
    self.loop = loop
    pause = LoopPause(on: loop)
    self.settings = settings
    self.handler = handler
    self.metrics = metrics
    self.logger = logger
  }

  /// Returns when it has drained. Where the task is cancelled it returns soon, and what is in hand goes back to the queue.
  func run() async {
    await withTaskCancellationOrGracefulShutdownHandler {
      await self.consumeUntilDrained()
    } onCancelOrGracefulShutdown: {
      Task { await self.drain() }
    }
  }

  private func consumeUntilDrained() async {
    while !isDraining, !Task.isCancelled {
      switch await openSession() {
      case nil: return
      case .failure(let error): await waitAfterFailure(error)
      case .success(let session):
        let start = ContinuousClock.now
        await consume(session)
        // A session that ends as soon as it has begun must not make a busy loop of connections.
        if start.duration(to: .now) >= Self.soundSessionLifetime { backoff.reset() }
        if !isDraining { await pause.wait(for: backoff.nextDelay(using: &generator)) }
      }
    }
  }

  /// Nil when the worker is to drain before there is a session. What comes of the attempt is then ended unused.
  private func openSession() async -> Result<BrokerSession, RabbitMQError>? {
    await withCheckedContinuation { continuation in
      opening = continuation
      Task {
        let result: Result<BrokerSession, RabbitMQError>
        do throws(RabbitMQError) {
          result = .success(
            try await BrokerSession.open(
              await settings.broker.configuration(),
              topology: settings.topology,
              on: loop
            )
          )
        } catch {
          result = .failure(error)
        }
        guard let opening else {
          if case .success(let session) = result { await session.close() }
          return
        }
        self.opening = nil
        opening.resume(returning: result)
      }
    }
  }

  private static let soundSessionLifetime = Duration.seconds(10)
  private static let acknowledgementGrace = Duration.milliseconds(500)

  /// Why the worker could answer no request now; nil when it could.
  var obstacle: String? {
    get async {
      switch state {
      case .draining: return "draining"
      case .connecting(let cause): return cause.map { "no broker: \($0)" } ?? "connecting to the broker"
      case .consuming: break
      }
      if let blockedReason { return "the broker takes no replies: \(blockedReason)" }
      // Until the heartbeats' own time is up the connection may yet be sound, but it shows no sign of it.
      guard let silence = await session?.silence, silence > settings.broker.heartbeat else { return nil }
      return "nothing has come from the broker for \(silence.components.seconds) s"
    }
  }

  // MARK: One session

  private func consume(_ session: BrokerSession) async {
    let (stream, endings) = AsyncStream.makeStream(of: Ending.self)
    let intake = SessionIntake(
      loop: loop,
      settings: settings.intake,
      source: session,
      handler: handler,
      metrics: metrics,
      logger: logger
    )
    self.endings = endings
    self.session = session
    self.intake = intake
    noteConnected()
    await session.start { [weak self] event in
      self?.assumeIsolated { $0.receive(event, intake) }
    }
    // The signal may have come while the connections were being made.
    if isDraining { drain(intake) }
    for await ending in stream {
      note(ending)
      break
    }
    self.endings = nil
    self.session = nil
    self.intake = nil
    blockedReason = nil
    await intake.end()
    metrics.recordConnected(false)
    await session.close()
  }

  private func receive(_ event: RabbitMQEvent, _ intake: SessionIntake) {
    switch event {
    case .delivery(let delivery): intake.assumeIsolated { $0.receive(delivery) }
    case .unreadable(let isRedelivered, let error):
      metrics.recordUnreadableRequest(isRedelivered: isRedelivered)
      logger.record(.requestUnreadable, [.error: .string(error.description)])
      // It is one fewer: the next connection may come at once.
      backoff.reset()
    case .blocked(let reason):
      blockedReason = reason
      logger.record(.connectionBlocked, [.reason: .string(reason)])
    case .unblocked:
      blockedReason = nil
      logger.record(.connectionUnblocked, [:])
    case .closed(let error):
      // The other connection of the session will end too; the first end is the one that tells.
      guard let endings else { return }
      self.endings = nil
      // Counted here: who waited for a confirm is about to give up, and would no longer be in hand when the session has ended.
      if isDraining { unansweredCount = inHandCount }
      endings.yield(.lost(error))
    }
  }

  // MARK: Draining

  private func drain() {
    guard !isDraining else { return }
    isDraining = true
    state = .draining
    logger.record(.workerDraining, [.inFlight: .stringConvertible(inHandCount)])
    pause.end()
    opening?.resume(returning: nil)
    opening = nil
    if let intake { drain(intake) }
  }

  private func drain(_ intake: SessionIntake) {
    let endings = endings
    loop.schedule(after: settings.drainTimeout) { endings?.yield(.drainTimedOut) }
    Task {
      await intake.drain()
      // RabbitMQ holds the acknowledgements of a busy quorum queue back for a moment, and forgets those that it holds when the
      // channel closes: requests that were answered would be delivered again.
      loop.schedule(after: Self.acknowledgementGrace) { endings?.yield(.drained) }
    }
  }

  // MARK: Failures

  private func waitAfterFailure(_ error: RabbitMQError) async {
    guard !isDraining else { return }
    let delay = backoff.nextDelay(using: &generator)
    state = .connecting(cause: error)
    // Each cause is told once an outage; the tries between are for who debugs.
    logger.record(
      toldCauses.note(error) ? .connectionFailed : .connectionRetried,
      [
        .broker: .string(settings.broker.description),
        .error: .string(error.description),
        .attempts: .stringConvertible(backoff.failureCount),
        .retryInSeconds: .stringConvertible(delay / .seconds(1)),
      ]
    )
    if !isDraining { await pause.wait(for: delay) }
  }

  // MARK: Notes

  private func noteConnected() {
    metrics.recordConnected(true)
    if hasBeenConnected { metrics.recordReconnect() }
    hasBeenConnected = true
    toldCauses.reset()
    logger.record(
      .connectionEstablished,
      [
        .broker: .string(settings.broker.description),
        .queue: .string(settings.topology.requestQueue.description),
        .attempts: .stringConvertible(backoff.failureCount + 1),
      ]
    )
    if !isDraining { state = .consuming }
  }

  private func note(_ ending: Ending) {
    switch ending {
    case .lost(let error):
      if !isDraining { state = .connecting(cause: error) }
      logger.record(.connectionLost, [.broker: .string(settings.broker.description), .error: .string(error.description)])
    case .drained: logger.record(.workerDrained, [:])
    case .drainTimedOut:
      unansweredCount = inHandCount
      logger.record(.workerDrainTimedOut, [.inFlight: .stringConvertible(unansweredCount)])
    }
  }

  private var inHandCount: Int { intake?.assumeIsolated { $0.inHandCount } ?? 0 }
}
