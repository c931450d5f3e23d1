import Authorization
import EventLoop
import Logging
import RabbitMQClient

/// The way of one request: a delivery in, a decision, a reply out, and only when that is confirmed, the acknowledgement.
///
/// It lives on the loop of the cache and the connections, so that a request whose user is cached is answered in one go. Whatever
/// happens, a request is answered, dead-lettered, or still the broker's.
actor RequestHandler {
  struct Settings {
    /// How long the sender of a request with a timestamp and no expiration is taken to wait.
    var maximumRequestAge = Duration.seconds(60)
    /// Whether to ask the broker if the sender is still there before ECPDS is troubled.
    var probesRequesters = false
    /// How long the broker may take to say so.
    var probeTimeout = Duration.seconds(1)
  }

  private let loop: EventLoop
  private let settings: Settings
  private let checker: AuthorizationChecker
  private let metrics: WorkerMetrics
  private let logger: Logger
  /// The time since 1970-01-01 UTC.
  nonisolated let wallClock: @Sendable () -> Duration

  nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

  init(
    loop: EventLoop,
    settings: Settings = Settings(),
    checker: AuthorizationChecker,
    metrics: WorkerMetrics,
    logger: Logger,
    wallClock: @escaping @Sendable () -> Duration
  ) {
    self.loop = loop
    self.settings = settings
    self.checker = checker
    self.metrics = metrics
    self.logger = logger
    self.wallClock = wallClock
  }

  /// Decides, and sends the reply; suspends only for ECPDS. The broker's confirm comes as a call: a continuation would resume the task on
  /// the global pool first (as of Swift 6.3), which costs every request two changes of thread.
  ///
  /// - Parameters:
  ///   - receivedAt: when the delivery came, since 1970-01-01 UTC.
  ///   - onEnd: called on the loop, once, when the request is done with.
  func handle(
    _ delivery: Delivery,
    receivedAt: Duration,
    on channel: any RequestChannel,
    onEnd: @escaping @Sendable () -> Void
  ) async {
    let logger = logger(for: delivery)
    do throws(AuthorizationRequestError) {
      let incoming = try IncomingRequest(delivery)
      let reply = await decide(incoming, delivery, receivedAt, channel, logger)
      let message = OutgoingMessage(reply: reply, to: incoming.replyTo, correlationID: incoming.correlationID)
      channel.publish(message) { result in
        self.assumeIsolated { $0.conclude(delivery, message.routingKey, result, on: channel, logger, onEnd) }
      }
    } catch {
      await refuse(delivery, error, on: channel, logger)
      onEnd()
    }
  }

  /// The broker has spoken on the reply, or its connection is over: then it has the request still, and delivers it again.
  private func conclude(
    _ delivery: Delivery,
    _ replyTo: ShortString,
    _ result: Result<PublishOutcome, RabbitMQError>,
    on channel: any RequestChannel,
    _ logger: Logger,
    _ onEnd: @escaping @Sendable () -> Void
  ) {
    guard case .success(let outcome) = result else { return onEnd() }
    noteReply(outcome, to: replyTo, logger)
    switch outcome {
    case .confirmed, .returned: channel.acknowledge(delivery.tag)
    // The reply queue is full, or the broker is in trouble: once more, then it is set aside, so that it cannot go round for ever.
    case .nacked where !delivery.isRedelivered: channel.reject(delivery.tag, requeue: true)
    case .nacked:
      let reason = DeadLetterReason(code: .replyNacked, detail: "The broker took no reply to it, and it had come before")
      Task.immediate {
        await setAside(delivery, reason, on: channel, logger)
        onEnd()
      }
      return
    }
    onEnd()
  }

  /// Sets a request aside that workers have lost too often, without a look into it.
  func setAsideLost(_ delivery: Delivery, lossCount: Int, on channel: any RequestChannel) async {
    let reason = DeadLetterReason(code: .deliveryLimit, detail: "Its worker or its connection ended \(lossCount) times")
    let logger = logger(for: delivery)
    logger.record(
      .requestSetAside,
      [.reason: .string(reason.code.rawValue), .replyTo: delivery.properties.replyTo.map { .string($0.description) }]
    )
    await setAside(delivery, reason, on: channel, logger)
  }

  /// Puts a request back into its queue with the count of its losses, which a classic queue does not keep.
  ///
  /// - Parameter queue: where it came from, whatever key and exchange led it there.
  /// - Returns: false where the queue takes nothing: then the request is still in hand.
  func recount(_ delivery: Delivery, as lossCount: Int, in queue: ShortString, on channel: any RequestChannel) async -> Bool {
    let now = wallClock()
    let deadline = RequestDeadline.of(delivery.properties, receivedAt: now, maximumAge: settings.maximumRequestAge)
    let copy = OutgoingMessage(recounting: delivery, as: lossCount, in: queue, deadline: deadline, now: now)
    switch try? await channel.publish(copy) {
    case .confirmed: channel.acknowledge(delivery.tag)
    // The connection is over, or the queue is gone: either way the request is the broker's again.
    case nil: break
    case .returned, .nacked: return false
    }
    return true
  }

  private func decide(
    _ incoming: IncomingRequest,
    _ delivery: Delivery,
    _ receivedAt: Duration,
    _ channel: any RequestChannel,
    _ logger: Logger
  ) async -> AuthorizationReply {
    let deadline = RequestDeadline.of(
      delivery.properties,
      receivedAt: receivedAt,
      maximumAge: settings.maximumRequestAge
    )
    if let deadline, deadline < wallClock() { return checker.expire(incoming.request, logger: logger) }
    guard settings.probesRequesters else { return await checker.checkAccess(incoming.request, logger: logger) }
    return await checker.checkAccess(
      incoming.request,
      // Where the broker does not say, or the connection that asks is over, nobody knows; replies go out on another, and a caller that
      // waits must not be told that it has gone.
      requesterProbe: { [limit = settings.probeTimeout] in
        (try? await channel.queueExists(incoming.replyTo, within: limit)) ?? true
      },
      logger: logger
    )
  }

  /// Answers an invalid request where it can be answered, and sets it aside in every case.
  private func refuse(
    _ delivery: Delivery,
    _ error: AuthorizationRequestError,
    on channel: any RequestChannel,
    _ logger: Logger
  ) async {
    let reply = checker.refuse(error, logger: logger)
    let reason = DeadLetterReason(code: .invalid(error.code), detail: error.message)
    metrics.recordSetAside(reason.code)
    guard let isSetAside = await publishDeadLetter(delivery, reason, on: channel, logger) else { return }
    if let replyTo = delivery.properties.replyTo, !replyTo.isEmpty {
      let message = OutgoingMessage(reply: reply, to: replyTo, correlationID: delivery.properties.correlationID)
      guard let outcome = try? await channel.publish(message) else { return }
      noteReply(outcome, to: replyTo, logger)
    }
    settle(delivery, isSetAside: isSetAside, on: channel)
  }

  private func setAside(_ delivery: Delivery, _ reason: DeadLetterReason, on channel: any RequestChannel, _ logger: Logger) async
  {
    metrics.recordSetAside(reason.code)
    guard let isSetAside = await publishDeadLetter(delivery, reason, on: channel, logger) else { return }
    settle(delivery, isSetAside: isSetAside, on: channel)
  }

  private func settle(_ delivery: Delivery, isSetAside: Bool, on channel: any RequestChannel) {
    if isSetAside {
      channel.acknowledge(delivery.tag)
    } else {
      // Perhaps the broker can set it aside itself, with its own header (`x-death`).
      channel.reject(delivery.tag, requeue: false)
    }
  }

  private func noteReply(_ outcome: PublishOutcome, to replyTo: ShortString, _ logger: Logger) {
    metrics.recordReply(outcome)
    switch outcome {
    case .confirmed: break
    case .returned(let reason):
      logger.record(.replyReturned, [.replyTo: .string(replyTo.description), .reason: .string(reason)])
    case .nacked:
      logger.record(
        .checkError,
        [.replyTo: .string(replyTo.description), .error: "the broker could not take the reply"]
      )
    }
  }

  /// Whether a copy is in the dead-letter queue; nil when the connection is over.
  private func publishDeadLetter(
    _ delivery: Delivery,
    _ reason: DeadLetterReason,
    on channel: any RequestChannel,
    _ logger: Logger
  ) async -> Bool? {
    guard let outcome = try? await channel.publish(OutgoingMessage(deadLetterFor: delivery, reason)) else { return nil }
    switch outcome {
    case .confirmed: return true
    case .returned(let reason): logger.record(.deadLetterFailed, [.error: .string(reason)])
    case .nacked: logger.record(.deadLetterFailed, [.error: "the broker could not take it"])
    }
    return false
  }

  private func logger(for delivery: Delivery) -> Logger {
    guard let trace = TraceContext(delivery.properties.headers) else { return logger }
    var logger = logger
    logger[metadataKey: "trace_id"] = .string(trace.traceID)
    logger[metadataKey: "span_id"] = .string(trace.spanID)
    return logger
  }
}
