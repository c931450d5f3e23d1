public import EventLoop

/// A connection to RabbitMQ with one channel, driven by an event loop.
///
/// Nothing is hidden: a connection that is lost is over, and whoever owns it makes another (`ExponentialBackoff` says when). No call
/// blocks the loop: what the socket does not take waits in order, up to what the caller has in flight.
public actor RabbitMQConnection {
  private let loop: EventLoop
  private let heartbeat: Duration
  /// Kept, because a handle forgets it when librabbitmq closes the socket.
  private let fileDescriptor: Int32
  /// Nil once the connection is over.
  private var handle: ConnectionHandle?
  /// Why it is over.
  private var ending: RabbitMQError?
  private var assembler: FrameAssembler
  private var confirms = ConfirmTracker<OutcomeHandler>()
  private var acknowledgements = AcknowledgementBatch()
  /// Whether the end of the loop's round writes what this one has gathered.
  private var isGathering = false
  private var outbox = Outbox()
  /// Why nothing is read any more, though the connection is not over yet.
  private var unreadable: RabbitMQError?
  private var onEvent: (@Sendable (RabbitMQEvent) -> Void)?
  private var heartbeatTimer: TimerID?
  private var consumer: ConsumerState<CheckedContinuation<Void, Never>>
  private var probe = QueueProbe<CheckedContinuation<Result<Bool?, RabbitMQError>, Never>>()
  /// Waits for an empty outbox.
  private var flushWaiter: CheckedContinuation<Void, Never>?

  public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  /// Connects, logs in and sets the channel up. No event comes before `start`.
  ///
  /// - Parameter maximumBodyByteCount: of a larger message only so much is kept (`Delivery.isBodyTruncated`).
  /// - Throws: `RabbitMQError` when any step fails or takes longer than the configured time-out.
  public static func open(
    _ configuration: RabbitMQConfiguration,
    plan: ChannelPlan,
    maximumBodyByteCount: Int,
    on loop: EventLoop
  ) async throws(RabbitMQError) -> RabbitMQConnection {
    let handle = try await ConnectionSetUp.open(configuration, plan)
    return RabbitMQConnection(
      handle,
      heartbeat: configuration.heartbeat,
      consumer: plan.consumer,
      maximumBodyByteCount: maximumBodyByteCount,
      loop: loop
    )
  }

  private init(
    _ handle: ConnectionHandle,
    heartbeat: Duration,
    consumer: ChannelPlan.Consumer?,
    maximumBodyByteCount: Int,
    loop: EventLoop
  ) {
    self.handle = handle
    self.consumer = ConsumerState(consumer)
    self.loop = loop
    fileDescriptor = handle.fileDescriptor
    self.heartbeat = heartbeat
    assembler = FrameAssembler(maximumBodyByteCount: maximumBodyByteCount)
  }

  deinit {
    // Nobody waits for it: whoever did would still have it. (An isolated deinit would say this, but does not compile when optimised.)
    guard let handle else { return }
    loop.execute { [loop, fileDescriptor] in
      loop.deregister(fileDescriptor)
      withExtendedLifetime(handle) {}
    }
  }

  /// Begins to read. `onEvent` is called on the loop, in the order of arrival, until `closed` or until `close()`; of a connection that is
  /// over already `closed` comes at once.
  public func start(onEvent: @escaping @Sendable (RabbitMQEvent) -> Void) {
    if let ending { return onEvent(.closed(ending)) }
    self.onEvent = onEvent
    do {
      try loop.register(fileDescriptor, for: .readable) { [weak self] readiness in
        self?.assumeIsolated { $0.handle(readiness) }
      }
    } catch {
      return fail(RabbitMQError(.internalError, "\(error)"))
    }
    scheduleHeartbeat()
    // The set-up may have read deliveries ahead; no socket event will tell of them.
    readFrames()
    // What was asked for before may wait for room, for which the socket was not polled until now.
    flush()
  }

  /// For how long nothing has come from the broker. A sound one sends a heartbeat every half of the interval.
  public var silence: Duration { handle?.silence ?? .zero }

  // MARK: Asking

  /// What is called on the loop, once, with what became of a message.
  public typealias OutcomeHandler = @Sendable (Result<PublishOutcome, RabbitMQError>) -> Void

  /// Publishes a message and waits for the broker's confirm. The plan must have `confirmsPublishes`.
  ///
  /// A mandatory message gets a message id of the connection's own, by which a return is told from others.
  /// - Throws: `RabbitMQError` when the connection is over before the broker has answered: whether the message arrived is unknown.
  public func publish(_ message: OutgoingMessage) async throws(RabbitMQError) -> PublishOutcome {
    let result = await withCheckedContinuation { waiter in
      publish(message) { waiter.resume(returning: $0) }
    }
    return try result.get()
  }

  /// The same for who has no task to wait with, as a load generator: `onOutcome` is called with what the other returns or throws.
  public func publish(_ message: OutgoingMessage, onOutcome: @escaping OutcomeHandler) {
    guard handle != nil else { return onOutcome(.failure(RabbitMQError(.closed, "the connection is closed"))) }
    var message = message
    if message.isMandatory { message.properties.messageID = ShortString(String(confirms.nextNumber)) }
    confirms.append(onOutcome)
    for outgoing in Outgoing.publication(of: message) { send(outgoing) }
  }

  /// Tells the broker that a delivery is done with. Without effect when the connection is over: the broker delivers it again.
  public func acknowledge(_ tag: DeliveryTag) {
    guard handle != nil else { return }
    acknowledgements.acknowledge(tag.value)
    gather()
  }

  /// Gives a delivery back: to the queue, or with `requeue` false to the queue's dead-letter exchange.
  public func reject(_ tag: DeliveryTag, requeue: Bool) {
    acknowledgements.settle(tag.value)
    send(.reject(tag.value, requeue: requeue))
  }

  /// Ends the consumer and waits until no delivery can come any more. Those delivered before are still to be acknowledged.
  public func cancelConsumer() async {
    guard handle != nil, consumer.isConsuming else { return }
    await withCheckedContinuation { waiter in
      if let outgoing = consumer.cancel(waiter) { send(outgoing) }
    }
  }

  /// Consumes again after `cancelConsumer`, from the same queue, with a prefetch count that holds from now on. Deliveries of before
  /// that are not acknowledged do not count against it.
  public func resumeConsumer(prefetchCount: UInt16) {
    guard handle != nil, let outgoing = consumer.resume(prefetchCount: prefetchCount) else { return }
    send(outgoing)
  }

  /// Whether the broker has a queue of this name, or a Direct Reply-to consumer. A queue that may not be asked for (one that is
  /// exclusive to another connection, for example) counts as being there.
  ///
  /// - Returns: nil where the broker has not answered within the time.
  /// - Throws: `RabbitMQError` when the connection is over before that.
  public func queueExists(_ name: ShortString, within limit: Duration) async throws(RabbitMQError) -> Bool? {
    guard handle != nil else { throw RabbitMQError(.closed, "the connection is closed") }
    let id = probe.makeID()
    let timer = loop.schedule(after: limit) { [weak self] in
      self?.assumeIsolated { $0.probe.abandon(id)?.resume(returning: .success(nil)) }
    }
    defer { loop.cancel(timer) }
    let result = await withCheckedContinuation { waiter in
      if let step = probe.ask(name, id, waiter) { send(.probe(step)) }
    }
    return try result.get()
  }

  /// Deletes a queue and whatever is in it, unless it is gone already. The broker does not say when it has; `close` waits until then.
  public func deleteQueue(_ name: ShortString) {
    send(.deleteQueue(name))
  }

  /// Ends the connection, what waits for the socket written before; whoever waits for a confirm gets an error, and no event comes
  /// any more. Takes at most two seconds, and no time where the broker does not listen. Idempotent.
  public func close() async {
    endGathering()
    await waitForEmptyOutbox(noLongerThan: .seconds(1))
    guard let handle else { return }
    // A goodbye is a blocking call: not to a broker that reads nothing. And it reads.
    let saysGoodbye = outbox.isEmpty && !outbox.isBlocked && unreadable == nil && handle.canWrite(byteCount: 64)
    onEvent = nil
    end(RabbitMQError(.closed, "the connection was closed"))
    if saysGoodbye { await ConnectionSetUp.close(handle) }
  }

  private func waitForEmptyOutbox(noLongerThan limit: Duration) async {
    guard handle != nil, !outbox.isEmpty, !outbox.isBlocked, flushWaiter == nil else { return }
    await withCheckedContinuation { waiter in
      flushWaiter = waiter
      loop.schedule(after: limit) { [weak self] in self?.assumeIsolated { $0.endFlushWait() } }
    }
  }

  private func endFlushWait() {
    flushWaiter?.resume()
    flushWaiter = nil
  }

  // MARK: Reading

  private func handle(_ readiness: Readiness) {
    // It was not asked for then: the broker has hung up.
    if let unreadable, readiness.contains(.readable) { return fail(unreadable) }
    // What the broker said last, a reason among it, would be lost by a write that fails.
    if readiness.contains(.readable) { readFrames() }
    if readiness.contains(.writable) { flush() }
  }

  private func readFrames() {
    // What an event sets off may end the connection.
    while let handle, unreadable == nil {
      switch handle.readFrame() {
      case .nothing: return
      case .failed(let error): return failReading(error)
      case .frame(let frame): if let event = assembler.consume(frame) { perform(event) }
      case .probeFrame(let frame): advanceProbe(frame)
      }
      // One more read that finds nothing costs a system call; the socket tells when there is more.
      if !handle.mayHoldFrames { return }
    }
  }

  /// A delivery whose header cannot be read would come again and again, and would take all else in hand with it each time: it is
  /// rejected, for which the connection still serves, though librabbitmq must not read from it any more.
  private func failReading(_ error: RabbitMQError) {
    guard error.code == .protocolViolation, consumer.acknowledges, let delivery = assembler.deliveryWithoutHeader else {
      return fail(error)
    }
    let error = RabbitMQError(error.code, "the properties of a message cannot be read: \(error.message)")
    unreadable = error
    onEvent?(.unreadable(isRedelivered: delivery.isRedelivered, error))
    reject(DeliveryTag(delivery.tag), requeue: false)
    pollForWriting()
    loop.schedule(after: Self.rejectionGrace) { [weak self] in self?.assumeIsolated { $0.fail(error) } }
  }

  /// RabbitMQ holds back what it tells a busy quorum queue, and forgets it when the channel closes. Those in hand get done meanwhile.
  private static let rejectionGrace = Duration.milliseconds(500)

  private func advanceProbe(_ frame: IncomingFrame) {
    let (answer, steps) = probe.receive(frame)
    if let (waiter, exists) = answer { waiter.resume(returning: .success(exists)) }
    for step in steps { send(.probe(step)) }
  }

  private func perform(_ event: IncomingEvent) {
    switch event {
    case .delivery(let delivery):
      acknowledgements.receive(delivery.tag.value)
      onEvent?(.delivery(delivery))
    case .returned(let messageID, let reason):
      guard let number = messageID.flatMap({ UInt64($0.description) }) else { return }
      confirms.markReturned(number, reason: reason)
    case .confirm(let tag, let isMultiple, let isPositive):
      for (waiter, outcome) in confirms.settle(tag, isMultiple: isMultiple, isPositive: isPositive) {
        waiter(.success(outcome))
      }
    case .cancelled: fail(RabbitMQError(.consumerCancelled, "the broker ended the consumer: the queue is gone or has moved"))
    case .cancelOK: endConsumer()
    case .blocked(let reason):
      outbox.isBlocked = true
      onEvent?(.blocked(reason: reason))
    case .unblocked:
      outbox.isBlocked = false
      onEvent?(.unblocked)
      flush()
    case .closed(let error): fail(error)
    }
  }

  // MARK: Writing

  /// Holds what is written back until the end of the loop's round, so that it goes out in few large segments, and gathers acknowledgements
  /// until then.
  private func gather() {
    guard !isGathering, let handle else { return }
    isGathering = true
    handle.holdSegments(true)
    loop.atEndOfRound { [weak self] in self?.assumeIsolated { $0.endGathering() } }
  }

  private func endGathering() {
    sendAcknowledgements()
    isGathering = false
    handle?.holdSegments(false)
  }

  private func sendAcknowledgements() {
    for acknowledgement in acknowledgements.take() { send(.acknowledge(acknowledgement)) }
  }

  private func send(_ outgoing: Outgoing) {
    guard handle != nil else { return }
    if outbox.canPass(outgoing), write(outgoing) { return }
    outbox.append(outgoing)
    pollForWriting()
  }

  private func flush() {
    // A write that fails ends the connection and empties the outbox.
    while let outgoing = outbox.next, write(outgoing) { outbox.removeNext() }
    if outbox.isEmpty { endFlushWait() }
    pollForWriting()
  }

  /// Whether it is done with: written, or the connection has failed.
  private func write(_ outgoing: Outgoing) -> Bool {
    guard let handle else { return true }
    gather()
    guard handle.canWrite(byteCount: outgoing.byteCount) else { return false }
    do {
      try handle.write(outgoing)
    } catch {
      fail(error)
    }
    return true
  }

  /// While something waits for the socket, and not for the broker, the loop is to tell when there is room.
  private func pollForWriting() {
    guard handle != nil, onEvent != nil else { return }
    var interest: Readiness = unreadable == nil ? .readable : []
    if outbox.waitsForSocket { interest.insert(.writable) }
    // Where it cannot tell, the heartbeat's timer writes.
    try? loop.update(fileDescriptor, for: interest)
  }

  // MARK: Ending

  /// Heartbeats are sent and checked inside librabbitmq's reads.
  private func scheduleHeartbeat() {
    heartbeatTimer = loop.schedule(after: min(.seconds(1), heartbeat / 2)) { [weak self] in
      self?.assumeIsolated {
        guard $0.handle != nil else { return }
        $0.readFrames()
        $0.flush()
        $0.scheduleHeartbeat()
      }
    }
  }

  private func fail(_ error: RabbitMQError) {
    guard handle != nil else { return }
    end(error)
    let onEvent = onEvent
    self.onEvent = nil
    onEvent?(.closed(error))
  }

  /// Off the loop at once: a dead socket that stays registered would make it spin.
  private func end(_ error: RabbitMQError) {
    guard handle != nil else { return }
    loop.deregister(fileDescriptor)
    heartbeatTimer.map(loop.cancel)
    self.handle = nil
    ending = error
    outbox.removeAll()
    for waiter in confirms.removeAll() { waiter(.failure(error)) }
    for waiter in probe.removeAll() { waiter.resume(returning: .failure(error)) }
    endConsumer()
    endFlushWait()
  }

  private func endConsumer() {
    for waiter in consumer.end() { waiter.resume() }
  }
}
