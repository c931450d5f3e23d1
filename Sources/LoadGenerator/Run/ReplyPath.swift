import RabbitMQClient

/// Where a run's replies come to, and how its requests are sent so that they do.
struct ReplyPath: Sendable {
  private static let directReplyTo: ShortString = "amq.rabbitmq.reply-to"
  /// A killed run's queue goes when nobody has used it for so long; and a run that looks for its broker must find it again.
  private static let queueExpiry = Duration.seconds(1800)
  /// Replies that the broker sends ahead of their acknowledgement. Enough to keep the socket busy.
  private static let prefetchCount: UInt16 = 2000

  private static let contentType: ShortString = "application/json"

  let replyTo: ShortString
  private let requestQueue: ShortString
  private let mode: LoadPlan.ReplyMode
  private let expiration: ShortString?
  private let queueExpiry: Duration
  /// How long a broker may keep the run from its queue before the queue is deleted. Elections in a cluster take seconds.
  let patience: Duration

  init(_ plan: LoadPlan, _ name: RunName) {
    mode = plan.replyMode
    requestQueue = ShortString(plan.requestQueue)
    // RabbitMQ takes no more than 32 bits of milliseconds.
    expiration = plan.expiration.map { ShortString(String(UInt32(min(max($0 / .milliseconds(1), 1), Double(UInt32.max))))) }
    replyTo = mode == .direct ? Self.directReplyTo : name.replyQueue
    queueExpiry = max(Self.queueExpiry, plan.reconnectLimit * 2)
    patience = plan.reconnectLimit / 10
  }

  var isDurable: Bool { mode == .durable }

  /// - Parameter declares: whether the queue is declared where it is not there.
  func channelPlan(declares: Bool) -> ChannelPlan {
    ChannelPlan(
      declarations: declarations(declares),
      confirmsPublishes: true,
      consumer: .init(queue: replyTo, prefetchCount: isDurable ? Self.prefetchCount : 0, acknowledges: isDurable)
    )
  }

  private func declarations(_ declares: Bool) -> [Declaration] {
    switch mode {
    case .direct: []
    case .queue: [.queue(QueueDeclaration(name: replyTo, isDurable: false, isExclusive: true, declares: declares))]
    case .durable:
      [
        .queue(
          QueueDeclaration(
            name: replyTo,
            arguments: [
              "x-queue-type": .string("quorum"),
              "x-expires": .int64(Int64(queueExpiry / .milliseconds(1))),
              // A reply that comes back each time the run connects again is not a poison one.
              "x-delivery-limit": .int32(.max),
            ],
            declares: declares
          )
        )
      ]
    }
  }

  /// A request as it goes to the broker.
  func message(_ body: [UInt8], requestName: String, unixSeconds: UInt64) -> OutgoingMessage {
    var properties = MessageProperties(
      contentType: Self.contentType,
      correlationID: ShortString(requestName),
      replyTo: replyTo
    )
    properties.expiration = expiration
    properties.timestamp = unixSeconds
    properties.deliveryMode = isDurable ? 2 : 1
    return OutgoingMessage(routingKey: requestQueue, isMandatory: true, properties: properties, body: body)
  }
}
