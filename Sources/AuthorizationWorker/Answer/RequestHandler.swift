import Authorization
import EventLoop
import Logging
import RabbitMQClient

/// The way of one request: a delivery in, a decision, a reply out, and only when that is confirmed, the acknowledgement.
///
/// It lives on the loop of the cache and the connections, so that a request whose user is cached is answered in one go. Whatever
/// happens, a request is answered, dead-lettered, or still the broker's.
actor RequestHandler {
  private let loop: EventLoop
  private let checker: AuthorizationChecker
  private let metrics: WorkerMetrics
  private let logger: Logger
  private(set) var inFlightCount = 0
  private var idleWaiters: [CheckedContinuation<Void, Never>] = []

  nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

  init(loop: EventLoop, checker: AuthorizationChecker, metrics: WorkerMetrics, logger: Logger) {
    self.loop = loop
    self.checker = checker
    self.metrics = metrics
    self.logger = logger
  }

  /// Takes a delivery over. On the loop its reply has been published on return, unless it must wait for ECPDS.
  func receive(_ delivery: Delivery, on channel: any RequestChannel) {
    inFlightCount += 1
    metrics.recordRequest(isRedelivered: delivery.isRedelivered, inFlightCount: inFlightCount)
    Task.immediate {
      await handle(delivery, on: channel)
      finish()
    }
  }

  /// Returns when nothing is in flight.
  func waitUntilIdle() async {
    guard inFlightCount > 0 else { return }
    await withCheckedContinuation { idleWaiters.append($0) }
  }

  private func finish() {
    inFlightCount -= 1
    metrics.recordInFlight(inFlightCount)
    guard inFlightCount == 0 else { return }
    for waiter in idleWaiters { waiter.resume() }
    idleWaiters.removeAll()
  }

  private func handle(_ delivery: Delivery, on channel: any RequestChannel) async {
    let logger = logger(for: delivery)
    do throws(AuthorizationRequestError) {
      let incoming = try IncomingRequest(delivery)
      let reply = await checker.checkAccess(incoming.request, logger: logger)
      let message = OutgoingMessage(reply: reply, to: incoming.replyTo, correlationID: incoming.correlationID)
      switch await publishReply(message, on: channel, logger) {
      case .confirmed, .returned: await channel.acknowledge(delivery.tag)
      // The reply queue is full, or the broker is in trouble: once more, then it is set aside, so that it cannot go round for ever.
      case .nacked where !delivery.isRedelivered: await channel.reject(delivery.tag, requeue: true)
      case .nacked:
        let reason = DeadLetterReason(code: "reply_nacked", detail: "The broker could not take the reply, twice")
        guard let isSetAside = await publishDeadLetter(delivery, reason, on: channel, logger) else { return }
        await settle(delivery, isSetAside: isSetAside, on: channel)
      case nil: return
      }
    } catch {
      await refuse(delivery, error, on: channel, logger)
    }
  }

  /// Answers an invalid request where it can be answered, and sets it aside in every case.
  private func refuse(
    _ delivery: Delivery,
    _ error: AuthorizationRequestError,
    on channel: any RequestChannel,
    _ logger: Logger
  ) async {
    metrics.recordRejection(error.code)
    let reply = checker.refuse(error, logger: logger)
    let reason = DeadLetterReason(code: error.code.rawValue, detail: error.message)
    guard let isSetAside = await publishDeadLetter(delivery, reason, on: channel, logger) else { return }
    if let replyTo = delivery.properties.replyTo, !replyTo.isEmpty {
      let message = OutgoingMessage(reply: reply, to: replyTo, correlationID: delivery.properties.correlationID)
      guard await publishReply(message, on: channel, logger) != nil else { return }
    }
    await settle(delivery, isSetAside: isSetAside, on: channel)
  }

  private func settle(_ delivery: Delivery, isSetAside: Bool, on channel: any RequestChannel) async {
    if isSetAside {
      await channel.acknowledge(delivery.tag)
    } else {
      // Perhaps the broker can set it aside itself, with its own header (`x-death`).
      await channel.reject(delivery.tag, requeue: false)
    }
  }

  /// Nil when the connection is over: the broker has the request still, and delivers it again.
  private func publishReply(_ message: OutgoingMessage, on channel: any RequestChannel, _ logger: Logger) async -> PublishOutcome?
  {
    guard let outcome = try? await channel.publish(message) else { return nil }
    metrics.recordReply(outcome)
    switch outcome {
    case .confirmed: break
    case .returned(let reason):
      logger.record(.replyReturned, [.replyTo: .string(message.routingKey.description), .reason: .string(reason)])
    case .nacked:
      logger.record(
        .checkError,
        [.replyTo: .string(message.routingKey.description), .error: "the broker could not take the reply"]
      )
    }
    return outcome
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
