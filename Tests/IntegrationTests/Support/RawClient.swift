import EventLoop
import RabbitMQClient
import Testing

/// A connection that consumes a queue and publishes what it is given, right or wrong.
struct RawClient: Sendable {
  let connection: RabbitMQConnection
  /// What the queue has had, in order; one reader at a time.
  let deliveries: AsyncStream<Delivery>
  private let continuation: AsyncStream<Delivery>.Continuation
  private let queue: ShortString

  /// - Parameters:
  ///   - queue: consumed without acknowledgement.
  ///   - isOwn: declared for this connection alone.
  static func open(_ stack: Stack, consuming queue: ShortString, isOwn: Bool = false) async throws -> RawClient {
    let plan = ChannelPlan(
      declarations: isOwn ? [.queue(QueueDeclaration(name: queue, isDurable: false, isExclusive: true))] : [],
      confirmsPublishes: true,
      consumer: .init(queue: queue, prefetchCount: 10, acknowledges: false)
    )
    let connection = try await RabbitMQConnection.open(
      stack.rabbitMQ,
      plan: plan,
      maximumBodyByteCount: 4_000_000,
      on: EventLoop(name: "test")
    )
    let (deliveries, continuation) = AsyncStream.makeStream(of: Delivery.self)
    await connection.start {
      switch $0 {
      case .delivery(let delivery): continuation.yield(delivery)
      case .closed: continuation.finish()
      case .unreadable, .blocked, .unblocked: break
      }
    }
    return RawClient(connection: connection, deliveries: deliveries, continuation: continuation, queue: queue)
  }

  /// What is in the dead-letter queue, and comes to be in it.
  static func deadLetters(of stack: Stack) async throws -> RawClient {
    try await open(stack, consuming: "aviso.ecpds.dead-letter")
  }

  /// Publishes to the request queue.
  @discardableResult
  func publish(_ body: [UInt8], _ properties: MessageProperties) async throws -> PublishOutcome {
    try await connection.publish(
      OutgoingMessage(routingKey: "aviso.ecpds.requests", isMandatory: true, properties: properties, body: body)
    )
  }

  /// Asks for a user's access to CIP; the reply is among the deliveries. The user's name is the correlation id.
  func ask(_ username: String, change: (inout MessageProperties) -> Void = { _ in }) async throws {
    var properties = MessageProperties(correlationID: ShortString(username), replyTo: queue)
    change(&properties)
    #expect(
      try await publish(Array(#"{"username":"\#(username)","identifier":{"destination":"CIP"}}"#.utf8), properties) == .confirmed
    )
  }

  /// Ends the deliveries too.
  func close() async {
    await connection.close()
    continuation.finish()
  }
}
