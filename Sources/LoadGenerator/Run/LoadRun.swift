import Authorization
public import EventLoop
public import RabbitMQClient

/// Sends the requests of a plan and accounts for each. One run, on one loop: what an answer sets off is a chain of function calls.
public actor LoadRun {
  private let loop: EventLoop
  private let plan: LoadPlan
  private let name = RunName()
  private let replyPath: ReplyPath
  private let link: BrokerLink
  private let onNotice: @Sendable (String) -> Void

  private var pacer: Pacer
  private var ledger: Ledger
  private var tally = AnswerTally()
  private var examples = ExampleList()
  private var clock = RunClock()
  private var isConnected = false
  private var connectionCount = 0
  private var lostReplyQueueCount = 0
  private var ending = LoadReport.Ending.completed
  /// Until when to wait for what is under way, once the run was told to stop.
  private var graceEnd: Duration?
  /// When the last request had its fate.
  private var duration: Duration?
  private var isOver = false
  private var waiter: CheckedContinuation<Void, Never>?
  /// Wakes the run when the next request is due.
  private var dueTimer: TimerID?
  private var lastProgress: (time: Duration, answeredCount: Int) = (.zero, 0)

  /// How often time-outs are looked for.
  private static let tickInterval = Duration.milliseconds(20)
  /// How many requests are sent before the loop looks at its sockets again.
  private static let burstLimit = 256

  public nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

  /// - Parameters:
  ///   - brokers: the addresses of one broker or cluster, at least one; they are used in turn.
  ///   - onNotice: is called with what happens to the connection, in a line.
  public init(
    _ plan: LoadPlan,
    brokers: [RabbitMQConfiguration],
    on loop: EventLoop,
    onNotice: @escaping @Sendable (String) -> Void
  ) {
    self.loop = loop
    self.plan = plan
    self.onNotice = onNotice
    pacer = Pacer(pace: plan.pace, extent: plan.extent)
    ledger = Ledger(timeout: plan.timeout, rule: plan.replyMode == .durable ? .fromConfirm : .fromPublication)
    replyPath = ReplyPath(plan, name)
    link = BrokerLink(brokers: brokers, replyPath: replyPath, on: loop)
  }

  /// Runs until every request has its fate. To be called once.
  ///
  /// - Throws: `RabbitMQError` when there is no broker to begin with.
  public func perform() async throws(RabbitMQError) -> LoadReport {
    try await link.connect { [weak self] event in self?.assumeIsolated { $0.receive(event) } }
    tick()
    await withCheckedContinuation { waiter in
      self.waiter = waiter
      if isOver { finish() }
    }
    await link.close()
    return report
  }

  /// Sends nothing more, and waits for what is under way no longer than the plan's grace; while it listens for second answers, no
  /// longer at all.
  public func stop() {
    guard duration == nil else { return finish() }
    ending = .interrupted
    pacer.stop()
    graceEnd = clock.now + plan.interruptionGrace
    finishIfDone()
  }

  /// How the run is getting on, since it was asked last.
  public func takeProgress() -> LoadProgress {
    let now = clock.now
    let answeredCount = ledger.counts.answered
    let seconds = (now - lastProgress.time) / .seconds(1)
    defer {
      lastProgress = (now, answeredCount)
      tally.startInterval()
    }
    return LoadProgress(
      sentCount: pacer.sentCount,
      answeredCount: answeredCount,
      answersPerSecond: seconds > 0 ? Double(answeredCount - lastProgress.answeredCount) / seconds : 0,
      outstandingCount: ledger.outstandingCount,
      p99Microseconds: tally.intervalP99,
      failureCount: ledger.counts.failures + tally.wrong,
      disconnectedFor: clock.disconnectedFor
    )
  }

  // MARK: Sending

  /// Sends what may be sent now.
  private func pump() {
    for _ in 0..<Self.burstLimit {
      guard isConnected else { return }
      let now = clock.now
      guard let start = pacer.next(at: now, outstandingCount: ledger.outstandingCount) else { return schedulePump(at: now) }
      send(ledger.open(start: start, at: clock.connectedNow))
    }
    schedulePump(after: .zero)
  }

  private func schedulePump(at now: Duration) {
    guard let due = pacer.nextDue(at: now, outstandingCount: ledger.outstandingCount) else { return }
    schedulePump(after: max(.zero, due - now))
  }

  private func schedulePump(after delay: Duration) {
    guard dueTimer == nil else { return }
    dueTimer = loop.schedule(after: delay) { [weak self] in
      self?.assumeIsolated {
        $0.dueTimer = nil
        $0.pump()
      }
    }
  }

  private func send(_ number: Int) {
    let requestName = name.requestName(number)
    let body = plan.questions.question(number: number).encoded(requestID: requestName)
    let message = replyPath.message(body, requestName: requestName, unixSeconds: clock.unixSeconds)
    link.assumeIsolated { link in
      link.publish(message) { [weak self] outcome in self?.assumeIsolated { $0.note(outcome, of: number) } }
    }
  }

  // MARK: Hearing

  private func note(_ outcome: Result<PublishOutcome, RabbitMQError>, of number: Int) {
    if case .success = outcome { clock.noteSignOfLife() }
    switch outcome {
    case .success(.confirmed): return ledger.confirm(number, at: clock.connectedNow)
    case .success(.returned): close(number, as: .returned)
    case .success(.nacked): close(number, as: .refused)
    // The link tells of the end of its connection itself.
    case .failure: return
    }
    goOn()
  }

  private func receive(_ event: BrokerLink.Event) {
    switch event {
    case .delivery(let delivery): receive(delivery)
    case .connected(let broker, let isReplyQueueNew): noteConnected(broker, isReplyQueueNew)
    case .lost(let error): noteLost(error)
    case .connectFailed(let broker, let error): onNotice("no connection to \(broker): \(error)")
    case .blocked(let reason): onNotice("the broker takes no requests for now: \(reason)")
    case .unblocked: onNotice("the broker takes requests again")
    }
  }

  private func receive(_ delivery: Delivery) {
    clock.noteSignOfLife()
    let number = delivery.properties.correlationID.flatMap(name.requestNumber)
    let answer = ledger.answer(number, isRedelivered: delivery.isRedelivered)
    if let number, answer != .unexpected, answer != .redelivered {
      let reply = AuthorizationReply(decoding: delivery.body)
      judge(reply, to: number)
      if case .first(let start) = answer { tally.add(reply, latency: clock.now - start) }
      if answer == .again { addExample(number, LoadReport.Fault(.answeredAgain)) }
    }
    // Accounted for, and not before.
    if replyPath.isDurable { link.assumeIsolated { $0.acknowledge(delivery.tag) } }
    goOn()
  }

  private func judge(_ reply: AuthorizationReply, to number: Int) {
    guard let expected = plan.questions.expectedReason(number: number) else { return }
    let verdict = Verdict(of: reply, expected: expected, requestID: name.requestName(number))
    tally.add(verdict)
    if let fault = LoadReport.Fault(verdict, reply, expected: expected) { addExample(number, fault) }
  }

  // MARK: The connection

  private func noteConnected(_ broker: String, _ isReplyQueueNew: Bool) {
    isConnected = true
    connectionCount += 1
    if connectionCount == 1 {
      clock = RunClock()
    } else {
      onNotice("connected again to \(broker)")
      clock.noteConnected()
      if isReplyQueueNew { noteReplyQueueLost() }
      for number in ledger.unconfirmed where ledger.reopen(number, at: clock.connectedNow) { send(number) }
    }
    pump()
  }

  private func noteReplyQueueLost() {
    lostReplyQueueCount += 1
    ledger.noteAnswersLost()
    onNotice("the reply queue was gone and is declared anew: of requests published before, a missing answer proves nothing")
  }

  private func noteLost(_ error: RabbitMQError) {
    isConnected = false
    clock.noteDisconnected()
    // Nothing is outstanding any more.
    guard duration == nil else { return finish() }
    onNotice("the connection is lost: \(error)")
    guard replyPath.isDurable else { return giveUp() }
    Task { await link.reconnect() }
  }

  private func giveUp() {
    pacer.stop()
    ending = .disconnected
    closeAll(as: .disconnected)
    duration = clock.now
    finish()
  }

  // MARK: Ending

  private func tick() {
    guard !isOver else { return }
    loop.schedule(after: Self.tickInterval) { [weak self] in self?.assumeIsolated { $0.tick() } }
    if isConnected {
      for number in ledger.expire(at: clock.connectedNow) { addExample(number, LoadReport.Fault(ledger.fate(of: number))) }
    } else if clock.searchedFor > plan.reconnectLimit {
      return giveUp()
    }
    if let graceEnd, clock.now >= graceEnd { closeAll(as: .abandoned) }
    goOn()
  }

  private func goOn() {
    pump()
    finishIfDone()
  }

  private func finishIfDone() {
    let now = clock.now
    guard duration == nil, ledger.outstandingCount == 0, pacer.isDone(at: now) else { return }
    duration = now
    loop.schedule(after: plan.linger) { [weak self] in self?.assumeIsolated { $0.finish() } }
  }

  private func finish() {
    isOver = true
    waiter?.resume()
    waiter = nil
  }

  // MARK: Fates

  private func close(_ number: Int, as fate: Fate) {
    ledger.close(number, as: fate)
    addExample(number, LoadReport.Fault(fate))
  }

  private func closeAll(as fate: Fate) {
    for number in ledger.closeAll(as: fate) { addExample(number, LoadReport.Fault(fate)) }
  }

  private func addExample(_ number: Int, _ fault: LoadReport.Fault) {
    examples.add(fault, requestName: name.requestName(number), plan.questions.question(number: number))
  }

  private var report: LoadReport {
    LoadReport(
      counts: ledger.counts,
      tally: tally,
      ending: ending,
      requestCount: pacer.sentCount,
      reconnectCount: max(0, connectionCount - 1),
      lostReplyQueueCount: lostReplyQueueCount,
      duration: duration ?? .zero,
      seed: plan.questions.seed,
      pace: plan.pace,
      isVerified: plan.questions.areAnswersKnown,
      examples: examples.examples
    )
  }
}
