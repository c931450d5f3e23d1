import EventLoop
import RabbitMQClient

/// Where a run's requests go out and its answers come in.
struct LoadConnection: Sendable {
  let replyTo: ShortString
  private let replyMode: LoadReplyMode
  private let requestQueue: ShortString

  /// A reply repeats what the request named, and a request has at most 64 KiB.
  private static let maximumReplyByteCount = 256 * 1024
  /// The queue of a run that was killed goes after so long.
  private static let unusedQueueMilliseconds: Int32 = 3_600_000

  /// - Parameter runID: tells the queues of different runs apart.
  init(replyMode: LoadReplyMode, requestQueue: String, runID: String) {
    self.replyMode = replyMode
    self.requestQueue = ShortString(requestQueue)
    replyTo = replyMode == .direct ? "amq.rabbitmq.reply-to" : ShortString("aviso.ecpds.load.\(runID)")
  }

  /// Connects, once.
  func open(_ broker: RabbitMQConfiguration, on loop: EventLoop) async throws(RabbitMQError) -> RabbitMQConnection {
    var declarations: [Declaration] = []
    switch replyMode {
    case .direct: break
    case .queue: declarations = [.queue(QueueDeclaration(name: replyTo, isDurable: false, isExclusive: true))]
    case .durable:
      let arguments: FieldTable = ["x-queue-type": .string("quorum"), "x-expires": .int32(Self.unusedQueueMilliseconds)]
      declarations = [.queue(QueueDeclaration(name: replyTo, arguments: arguments))]
    }
    return try await RabbitMQConnection.open(
      broker,
      plan: ChannelPlan(
        declarations: declarations,
        confirmsPublishes: true,
        consumer: .init(queue: replyTo, prefetchCount: acknowledges ? 1000 : 0, acknowledges: acknowledges)
      ),
      maximumBodyByteCount: Self.maximumReplyByteCount,
      on: loop
    )
  }

  /// Whether an answer comes again until it is acknowledged.
  var acknowledges: Bool { replyMode == .durable }

  /// Whether the reply queue stays when its connection ends.
  var outlivesConnection: Bool { replyMode == .durable }

  func message(body: [UInt8], correlationID: ShortString, expiration: Duration?, timestamp: UInt64) -> OutgoingMessage {
    var properties = MessageProperties(contentType: "application/json", correlationID: correlationID, replyTo: replyTo)
    properties.timestamp = timestamp
    if outlivesConnection { properties.deliveryMode = 2 }
    // RabbitMQ takes no more than 32 bits of milliseconds.
    properties.expiration = expiration.map {
      ShortString(String(UInt32(min(max($0 / .milliseconds(1), 1), Double(UInt32.max)))))
    }
    return OutgoingMessage(routingKey: requestQueue, isMandatory: true, properties: properties, body: body)
  }
}
