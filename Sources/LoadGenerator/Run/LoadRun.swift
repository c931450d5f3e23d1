import Authorization
public import EventLoop
import FoundationEssentials
public import RabbitMQClient

/// Sends the requests of a plan, accounts for each and judges the answers. It lives on an event loop, and a request costs it no task.
public actor LoadRun {
  private let loop: EventLoop
  private let plan: LoadPlan
  private let runID: String
  private let link: LoadConnection
  private var pacer: Pacer
  private var ledger: Ledger
  private var tally = AnswerTally()
  private var clock = RunClock(start: .now)
  private var connection: RabbitMQConnection?
  private var reconnectCount = 0
  private var backoff = ExponentialBackoff(initial: .milliseconds(100), maximum: .seconds(2))
  private var generator = SystemRandomNumberGenerator()
  private var dueTimer: TimerID?
  private var ending: CheckedContinuation<Void, Never>?
  private var isOver = false

  /// Overdue requests are looked for so often.
  private static let expiryInterval = Duration.milliseconds(50)
  /// Second answers come after the first; those that come later than this are not seen.
  private static let secondAnswerGrace = Duration.seconds(1)
  /// A run that is interrupted waits no longer than this for what is under way.
  private static let interruptionGrace = Duration.seconds(2)
  /// A durable run without a broker gives up after so long.
  private static let reconnectLimit = Duration.seconds(300)

  public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

  public init(_ plan: LoadPlan, on loop: EventLoop) {
    self.loop = loop
    self.plan = plan
    runID = String(UInt64.random(in: 0...UInt64.max), radix: 16)
    link = LoadConnection(replyMode: plan.replyMode, requestQueue: plan.requestQueue, runID: runID)
    pacer = Pacer(pace: plan.pace, extent: plan.extent)
    ledger = Ledger(timeout: plan.timeout, rule: plan.replyMode == .durable ? .fromConfirm : .fromPublication)
  }

  /// Performs the plan, once.
  ///
  /// - Throws: `RabbitMQError` where no broker can be connected to in the first place.
  public func perform() async throws(RabbitMQError) -> LoadReport {
    try await connectFirst()
    clock = RunClock(start: .now)
    loop.schedule(after: Self.expiryInterval) { [weak self] in self?.assumeIsolated { $0.expire() } }
    await withCheckedContinuation { continuation in
      ending = continuation
      pump()
    }
    let duration = clock.time(at: .now)
    try? await Task.sleep(for: Self.secondAnswerGrace)
    isOver = true
    if let connection {
      if link.outlivesConnection { await connection.deleteQueue(link.replyTo) }
      await connection.close()
    }
    return report(duration: duration)
  }

  /// Sends nothing more, and ends the run when what is under way is done with, or soon.
  public func interrupt() {
    pacer.stop()
    pump()
    loop.schedule(after: Self.interruptionGrace) { [weak self] in self?.assumeIsolated { $0.giveUp(as: .abandoned) } }
  }

  /// Where the run stands; its interval begins anew.
  public func progress() -> LoadProgress {
    defer { tally.startInterval() }
    return LoadProgress(report(duration: clock.time(at: .now)), outstandingCount: ledger.outstandingCount, tally)
  }

  // MARK: Sending

  /// Sends what is due, and ends the run when everything is done with.
  private func pump() {
    guard !isOver, connection != nil else { return }
    let now = clock.time(at: .now)
    while let start = pacer.next(at: now, outstandingCount: ledger.outstandingCount) {
      publish(ledger.open(start: start, at: now))
    }
    dueTimer.map(loop.cancel)
    dueTimer = nil
    if let due = pacer.nextDue(at: now, outstandingCount: ledger.outstandingCount) {
      dueTimer = loop.schedule(after: max(due - now, .zero)) { [weak self] in self?.assumeIsolated { $0.pump() } }
    } else if pacer.isDone(at: now), ledger.outstandingCount == 0 {
      end()
    }
  }

  private func end() {
    ending?.resume()
    ending = nil
  }

  private func publish(_ number: Int) {
    guard let connection else { return }
    let name = "\(runID)-\(number)"
    let message = link.message(
      body: plan.questions.question(number: number).encoded(requestID: name),
      correlationID: ShortString(name),
      expiration: plan.expiration,
      timestamp: UInt64(Date().timeIntervalSince1970)
    )
    let onOutcome: RabbitMQConnection.OutcomeHandler = { [weak self] outcome in
      self?.assumeIsolated { $0.settle(number, outcome) }
    }
    connection.assumeIsolated { $0.publish(message, onOutcome: onOutcome) }
  }

  private func settle(_ number: Int, _ outcome: Result<PublishOutcome, RabbitMQError>) {
    switch outcome {
    case .success(.confirmed): ledger.confirm(number, at: clock.time(at: .now))
    case .success(.returned): finish(number, as: .returned)
    case .success(.nacked): finish(number, as: .refused)
    // The connection's end says the same for all.
    case .failure: break
    }
  }

  private func finish(_ number: Int, as fate: Fate) {
    ledger.close(number, as: fate)
    pump()
  }

  // MARK: Receiving

  private func receive(_ event: RabbitMQEvent) {
    switch event {
    case .delivery(let delivery):
      account(for: delivery)
      if link.acknowledges, let connection { connection.assumeIsolated { $0.acknowledge(delivery.tag) } }
      pump()
    case .closed(let error): lose(error)
    case .blocked, .unblocked: break
    }
  }

  private func account(for delivery: Delivery) {
    let number = number(of: delivery.properties.correlationID)
    switch ledger.answer(number ?? -1, isRedelivered: delivery.isRedelivered) {
    case .first(let start):
      let reply = AuthorizationReply(decoding: delivery.body)
      tally.add(reply, latency: clock.time(at: .now) - start)
      judge(reply, number)
    case .again, .late: judge(AuthorizationReply(decoding: delivery.body), number)
    case .redelivered, .unexpected: break
    }
  }

  private func judge(_ reply: AuthorizationReply, _ number: Int?) {
    guard let number, let expected = plan.questions.expectedReason(number: number) else { return }
    tally.add(Verdict(of: reply, expected: expected, requestID: "\(runID)-\(number)"))
  }

  private func number(of correlationID: ShortString?) -> Int? {
    guard let bytes = correlationID?.bytes, bytes.starts(with: runID.utf8),
      bytes.dropFirst(runID.utf8.count).first == UInt8(ascii: "-")
    else { return nil }
    return Int(String(decoding: bytes.dropFirst(runID.utf8.count + 1), as: UTF8.self))
  }

  private func expire() {
    guard !isOver else { return }
    if connection != nil {
      _ = ledger.expire(at: clock.time(at: .now))
      pump()
    }
    loop.schedule(after: Self.expiryInterval) { [weak self] in self?.assumeIsolated { $0.expire() } }
  }

  // MARK: Connections

  private func connectFirst() async throws(RabbitMQError) {
    var failure = RabbitMQError(.unreachable, "no broker is given")
    for broker in plan.brokers {
      do throws(RabbitMQError) {
        return await use(try await link.open(broker, on: loop))
      } catch {
        failure = error
      }
    }
    throw failure
  }

  private func use(_ connection: RabbitMQConnection) async {
    self.connection = connection
    await connection.start { [weak self] event in self?.assumeIsolated { $0.receive(event) } }
  }

  private func lose(_ error: RabbitMQError) {
    connection = nil
    guard !isOver else { return }
    guard link.outlivesConnection else { return giveUp(as: .disconnected) }
    clock.stop(at: .now)
    Task { await reconnect() }
  }

  private func reconnect() async {
    let start = ContinuousClock.now
    var attempt = reconnectCount
    while !isOver, ending != nil {
      guard start.duration(to: .now) < Self.reconnectLimit else { return giveUp(as: .disconnected) }
      attempt += 1
      if let connection = try? await link.open(plan.brokers[attempt % plan.brokers.count], on: loop) {
        reconnectCount += 1
        backoff.reset()
        clock.resume(at: .now)
        await use(connection)
        return publishUnconfirmed()
      }
      try? await Task.sleep(for: backoff.nextDelay(using: &generator))
    }
  }

  /// Whether the broker has them is not known.
  private func publishUnconfirmed() {
    let now = clock.time(at: .now)
    for number in ledger.unconfirmed where ledger.reopen(number, at: now) { publish(number) }
    pump()
  }

  private func giveUp(as fate: Fate) {
    guard ending != nil else { return }
    pacer.stop()
    _ = ledger.closeAll(as: fate)
    end()
  }

  private func report(duration: Duration) -> LoadReport {
    LoadReport(
      requestCount: pacer.sentCount,
      counts: ledger.counts,
      tally: tally,
      duration: duration,
      seed: plan.questions.seed,
      reconnectCount: reconnectCount,
      isJudged: plan.questions.areAnswersKnown,
      pace: plan.pace
    )
  }
}
