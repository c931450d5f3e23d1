import Authorization
import EventLoop
import RabbitMQClient

/// The two connections of a worker, made and ended together: requests come in on one and replies go out on the other, because a
/// broker in need blocks a connection that publishes, and then nothing on it is read.
struct BrokerSession: RequestSource {
  private let consumer: RabbitMQConnection
  private let publisher: IsolatingPublisher

  /// Twice what a request may have: one that is larger is refused, and its dead letter shows its beginning. With the prefetch count
  /// this bounds the memory that requests take.
  static let maximumBodyByteCount = 2 * AuthorizationRequest.maximumByteCount

  /// Connects twice, declares what is missing, and consumes one request at a time. Nothing is delivered before `start`.
  static func open(
    _ configuration: RabbitMQConfiguration,
    topology: Topology,
    on loop: EventLoop
  ) async throws(RabbitMQError) -> BrokerSession {
    @Sendable func connect(_ role: String, _ plan: ChannelPlan) async throws(RabbitMQError) -> RabbitMQConnection {
      var configuration = configuration
      configuration.name += " \(role)"
      return try await RabbitMQConnection.open(configuration, plan: plan, maximumBodyByteCount: maximumBodyByteCount, on: loop)
    }
    // The consumer last: from then on the broker delivers.
    let connectPublisher = { @Sendable () async throws(RabbitMQError) -> any PublishingConnection in
      try await connect("publisher", ChannelPlan(confirmsPublishes: true))
    }
    let publisher = IsolatingPublisher(try await connectPublisher(), loop: loop, open: connectPublisher)
    do {
      let plan = ChannelPlan(
        declarations: topology.declarations,
        consumer: .init(queue: topology.requestQueue, prefetchCount: 1)
      )
      return BrokerSession(consumer: try await connect("consumer", plan), publisher: publisher)
    } catch {
      await publisher.close()
      throw error
    }
  }

  /// Begins; `onEvent` gets the events of both connections, on the loop.
  func start(onEvent: @escaping @Sendable (RabbitMQEvent) -> Void) async {
    await publisher.start(onEvent: onEvent)
    await consumer.start(onEvent: onEvent)
  }

  func stopConsuming() async {
    await consumer.cancelConsumer()
  }

  func resumeConsuming(prefetchCount: UInt16) async {
    await consumer.resumeConsumer(prefetchCount: prefetchCount)
  }

  func queueExists(_ name: ShortString, within limit: Duration) async throws(RabbitMQError) -> Bool? {
    try await consumer.queueExists(name, within: limit)
  }

  /// For how long the broker has sent nothing, on the connection where it has been silent longer.
  var silence: Duration {
    get async { max(await consumer.silence, await publisher.silence) }
  }

  /// Ends both connections. What is not acknowledged goes back to the queue.
  func close() async {
    async let consumerEnd: Void = consumer.close()
    async let publisherEnd: Void = publisher.close()
    _ = await (consumerEnd, publisherEnd)
  }

  func publish(_ message: OutgoingMessage, onOutcome: @escaping OutcomeHandler) {
    publisher.assumeIsolated { $0.publish(message, onOutcome: onOutcome) }
  }

  func acknowledge(_ tag: DeliveryTag) {
    consumer.assumeIsolated { $0.acknowledge(tag) }
  }

  func reject(_ tag: DeliveryTag, requeue: Bool) {
    consumer.assumeIsolated { $0.reject(tag, requeue: requeue) }
  }
}
