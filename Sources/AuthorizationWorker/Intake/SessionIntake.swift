import EventLoop
import Logging
import RabbitMQClient

/// The requests of one session: takes what the broker delivers and hands each to the handler when its turn has come, as `RequestIntake`
/// decides.
actor SessionIntake {
  struct Settings {
    /// Where requests come from.
    var requestQueue: ShortString
    /// How many requests may be in hand.
    var prefetchCount: UInt16
    /// How often a request may be lost before it is set aside.
    var deliveryLimit: Int
    /// Whether the queue is a quorum queue, which counts that itself.
    var brokerCountsLosses: Bool
    /// How long a request that came again may be alone.
    var patience = Intake.Patience()
  }

  typealias Intake = RequestIntake<Taken>

  /// A request and when it came, since 1970-01-01 UTC.
  struct Taken {
    let delivery: Delivery
    let time: Duration
  }

  private let loop: EventLoop
  private let settings: Settings
  private let source: any RequestSource
  private let handler: RequestHandler
  private let metrics: WorkerMetrics
  private let logger: Logger
  private var intake: Intake
  /// Those that go back into a classic queue with their count, or to the dead letters, unopened.
  private var unopenedCount = 0
  private var patience: TimerID?
  /// The request that may have to be given up.
  private var alone: Task<Void, Never>?
  private var idleWaiters: [CheckedContinuation<Void, Never>] = []
  private var isOver = false

  nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

  init(
    loop: EventLoop,
    settings: Settings,
    source: any RequestSource,
    handler: RequestHandler,
    metrics: WorkerMetrics,
    logger: Logger
  ) {
    self.loop = loop
    self.settings = settings
    self.source = source
    self.handler = handler
    self.metrics = metrics
    self.logger = logger
    intake = Intake(prefetchCount: settings.prefetchCount, patience: settings.patience)
  }

  /// Requests that were taken and are not done with.
  var inHandCount: Int { intake.inHandCount + unopenedCount }

  /// Takes a delivery over. On the loop, a request that is no suspect and whose user is cached has been answered on return.
  func receive(_ delivery: Delivery) {
    let taken = Taken(delivery: delivery, time: handler.wallClock())
    let history = DeliveryHistory(delivery, brokerCounts: settings.brokerCountsLosses)
    if delivery.isRedelivered { metrics.recordRedelivery() }
    if history.lossCount > settings.deliveryLimit {
      leaveUnopened { [handler, source] in await handler.setAsideLost(delivery, lossCount: history.lossCount, on: source) }
    } else if !history.isCountKept, !delivery.isBodyTruncated {
      leaveUnopened { [handler, source, queue = settings.requestQueue] in
        guard await !handler.recount(delivery, as: history.lossCount, in: queue, on: source) else { return }
        // The queue takes nothing; better without a count than not at all.
        self.admit(taken, history)
      }
    } else {
      admit(taken, history)
    }
  }

  /// Takes nothing any more, and returns when all that is in hand is done with.
  func drain() async {
    perform(intake.drain())
    guard !isIdle else { return }
    await withCheckedContinuation { idleWaiters.append($0) }
  }

  /// The session is over: what has not begun is the broker's again, and nothing is taken any more. What waits for ECPDS goes on waiting,
  /// though it cannot be answered: it comes again, and then finds the list.
  func end() {
    isOver = true
    patience.map(loop.cancel)
    metrics.recordInFlight(0)
    resumeIdleWaiters()
  }

  private func admit(_ taken: Taken, _ history: DeliveryHistory) {
    metrics.recordRequest()
    perform(intake.receive(taken, history.suspicion(deliveryLimit: settings.deliveryLimit)))
    noteChange()
  }

  private func leaveUnopened(_ body: @escaping () async -> Void) {
    unopenedCount += 1
    Task.immediate {
      await body()
      unopenedCount -= 1
      noteChange()
    }
  }

  private func perform(_ actions: [Intake.Action]) {
    for action in actions where !isOver {
      switch action {
      case .handle(let taken, let ticket): handle(taken, ticket)
      case .handleAlone(let taken, let ticket): alone = handle(taken, ticket)
      case .giveUp: alone?.cancel()
      case .stopTaking:
        Task.immediate {
          await source.stopConsuming()
          perform(intake.stoppedTaking())
          noteChange()
        }
      case .take(let prefetchCount): Task.immediate { await source.resumeConsuming(prefetchCount: prefetchCount) }
      case .startPatience(let duration):
        patience = loop.schedule(after: duration) { [weak self] in
          self?.assumeIsolated { $0.perform($0.intake.patienceEnded()) }
        }
      case .stopPatience: patience.map(loop.cancel)
      }
    }
  }

  @discardableResult
  private func handle(_ taken: Taken, _ ticket: Intake.Ticket) -> Task<Void, Never> {
    Task.immediate {
      await handler.handle(taken.delivery, receivedAt: taken.time, on: source) { self.assumeIsolated { $0.finish(ticket) } }
    }
  }

  private func finish(_ ticket: Intake.Ticket) {
    perform(intake.finish(ticket))
    noteChange()
  }

  private var isIdle: Bool { isOver || (intake.isDrained && unopenedCount == 0) }

  private func noteChange() {
    guard !isOver else { return }
    metrics.recordInFlight(inHandCount)
    if isIdle { resumeIdleWaiters() }
  }

  private func resumeIdleWaiters() {
    for waiter in idleWaiters { waiter.resume() }
    idleWaiters.removeAll()
  }
}
