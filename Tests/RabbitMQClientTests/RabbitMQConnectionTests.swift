import EventLoop
import Foundation
import RabbitMQClient
import TestSupport
import Testing

/// Real broker, real sockets.
@Suite("RabbitMQ connection", .timeLimit(.minutes(2)))
struct RabbitMQConnectionTests {
  let loop: EventLoop
  let broker: TestBroker
  let queue = ShortString("test.\(UUID().uuidString)")

  init() async throws {
    loop = try EventLoop(name: "test")
    broker = try await TestBroker.start()
  }

  private func configuration(password: String = "guest", port: Int? = nil) -> RabbitMQConfiguration {
    RabbitMQConfiguration(host: "127.0.0.1", port: port ?? broker.port, username: "guest", password: password, name: "test")
  }

  private func open(
    _ plan: ChannelPlan,
    maximumBodyByteCount: Int = 1 << 20,
    onEvent: @escaping @Sendable (isolated RabbitMQConnection, RabbitMQEvent) -> Void = { _, _ in }
  ) async throws -> (RabbitMQConnection, AsyncStream<RabbitMQEvent>) {
    let connection = try await RabbitMQConnection.open(
      configuration(),
      plan: plan,
      maximumBodyByteCount: maximumBodyByteCount,
      on: loop
    )
    let (events, continuation) = AsyncStream.makeStream(of: RabbitMQEvent.self)
    await connection.start { [weak connection] event in
      connection?.assumeIsolated { onEvent($0, event) }
      continuation.yield(event)
    }
    return (connection, events)
  }

  private var declaration: Declaration { .queue(QueueDeclaration(name: queue, isDurable: false)) }

  private func consumer(prefetchCount: UInt16 = 10) -> ChannelPlan {
    ChannelPlan(declarations: [declaration], consumer: .init(queue: queue, prefetchCount: prefetchCount))
  }

  private func publisher() async throws -> RabbitMQConnection {
    try await open(ChannelPlan(declarations: [declaration], confirmsPublishes: true)).0
  }

  private func nextDelivery(_ events: inout AsyncStream<RabbitMQEvent>.Iterator) async -> Delivery? {
    while let event = await events.next(isolation: #isolation) {
      if case .delivery(let delivery) = event { return delivery }
    }
    return nil
  }

  private func message(_ body: [UInt8] = [1], to queue: ShortString? = nil, properties: MessageProperties = .init())
    -> OutgoingMessage
  {
    OutgoingMessage(routingKey: queue ?? self.queue, isMandatory: true, properties: properties, body: body)
  }

  @Test("what is published arrives with every property and header unchanged")
  func roundTrip() async throws {
    let (consumer, events) = try await open(consumer())
    var iterator = events.makeAsyncIterator()
    var properties = MessageProperties(
      contentType: "application/json",
      correlationID: ShortString(bytes: [0xff, 0, 0x41]),
      type: "t"
    )
    properties.deliveryMode = 2
    properties.priority = 3
    properties.timestamp = 1_700_000_000
    properties.headers = [
      "text": .string("grüß"), "flag": .boolean(true), "i8": .int8(-1), "i16": .int16(-2), "i32": .int32(-3), "i64": .int64(-4),
      "f": .float(1.5), "d": .double(-2.5), "time": .timestamp(9), "bytes": .bytes([0, 1]), "nothing": .void,
      "list": .array([.int32(1), .string("x")]), "table": .table(["inner": .table(["deep": .boolean(false)])]),
      "decimal": .decimal(scale: 2, value: 314),
    ]
    let publisher = try await publisher()
    #expect(try await publisher.publish(message(Array("body".utf8), properties: properties)) == .confirmed)
    let delivery = try #require(await nextDelivery(&iterator))
    properties.messageID = delivery.properties.messageID
    #expect(delivery.properties == properties)
    #expect(delivery.body == Array("body".utf8))
    #expect(!delivery.isRedelivered)
    #expect(delivery.routingKey == queue)
    await consumer.close()
    await publisher.close()
  }

  @Test("bodies of every size arrive whole", arguments: [0, 1, 16_384, 16_385, 32_768, 100_000, 1_000_000])
  func bodySizes(byteCount: Int) async throws {
    let (consumer, events) = try await open(consumer())
    var iterator = events.makeAsyncIterator()
    let publisher = try await publisher()
    let body = (0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    #expect(try await publisher.publish(message(body)) == .confirmed)
    #expect(await nextDelivery(&iterator)?.body == body)
    await consumer.close()
    await publisher.close()
  }

  @Test("of a body over the limit only the beginning is kept, and the next message is whole")
  func truncatesLargeBodies() async throws {
    let (consumer, events) = try await open(consumer(), maximumBodyByteCount: 1000)
    var iterator = events.makeAsyncIterator()
    let publisher = try await publisher()
    _ = try await publisher.publish(message([UInt8](repeating: 7, count: 200_000)))
    _ = try await publisher.publish(message([8]))
    let first = try #require(await nextDelivery(&iterator))
    #expect(first.isBodyTruncated)
    #expect(first.body == [UInt8](repeating: 7, count: 1000))
    #expect(first.bodyByteCount == 200_000)
    #expect(await nextDelivery(&iterator)?.body == [8])
    await consumer.close()
    await publisher.close()
  }

  static let extremes: [String: [UInt8]] = [
    "array in array": RawProperties.nested("A", depth: 20_000),
    "table in table": RawProperties.nested("F", depth: 20_000),
    "one of 130,000 bytes": RawProperties.entry("h", RawProperties.string([UInt8](repeating: 1, count: 130_000))),
  ]

  @Test("headers as large and as deep as a broker takes are read, though not kept", arguments: extremes.keys)
  func extremeHeaders(_ name: String) async throws {
    let headers = try #require(Self.extremes[name])
    let (consumer, events) = try await open(consumer())
    var iterator = events.makeAsyncIterator()
    var properties = RawProperties()
    properties.headers = headers
    properties.correlationID = [0xFF, 0]
    try await RawAMQP.publish(port: broker.port, virtualHost: "/", to: queue.description, properties, body: [1])
    let delivery = try #require(await nextDelivery(&iterator))
    #expect(delivery.properties.headers?.isEmpty == true)
    #expect(delivery.originalHeaderByteCount == 4 + headers.count)
    #expect(delivery.properties.correlationID == ShortString(bytes: [0xFF, 0]))
    await consumer.close()
  }

  @Test("a message whose properties cannot be read is rejected once, and what came before it can still be acknowledged")
  func unreadableProperties() async throws {
    let deadLetters = ShortString("\(queue).dead")
    let plan = ChannelPlan(
      declarations: [
        .queue(QueueDeclaration(name: deadLetters)),
        .queue(
          QueueDeclaration(
            name: queue,
            arguments: ["x-dead-letter-exchange": .string(""), "x-dead-letter-routing-key": .string(deadLetters.bytes)]
          )
        ),
      ],
      consumer: .init(queue: queue, prefetchCount: 10)
    )
    // At once, since the connection does not go on for long.
    let (consumer, events) = try await open(plan) { consumer, event in
      if case .unreadable = event { consumer.acknowledge(DeliveryTag(1)) }
    }
    var iterator = events.makeAsyncIterator()
    let publisher = try await publisher()
    _ = try await publisher.publish(message([1]))
    let first = try #require(await nextDelivery(&iterator))
    #expect(first.tag == DeliveryTag(1))
    try await Management(broker).publish(
      "huge",
      to: queue.description,
      replyTo: nil,
      headers: ["h": String(repeating: "x", count: 300_000)]
    )
    guard case .unreadable(isRedelivered: false, let error) = await iterator.next() else {
      Issue.record("no such event")
      return
    }
    #expect(error.code == .protocolViolation)
    guard case .closed = await iterator.next() else {
      Issue.record("the connection goes on")
      return
    }
    await consumer.close()
    // A second consumer finds the queue empty, and the dead letter in its place.
    _ = try await publisher.publish(message([2]))
    let (second, secondEvents) = try await open(plan)
    var secondIterator = secondEvents.makeAsyncIterator()
    #expect(await nextDelivery(&secondIterator)?.body == [2])
    await second.close()
    await publisher.close()
    #expect(try await Management(broker).takeMessages(from: deadLetters.description).map(\.payload) == ["huge"])
  }

  @Test("what waits for the socket when a connection fails, or is closed, does no harm")
  func endsWithWaitingWrites() async throws {
    let broker = try await TestBroker()
    let configuration = RabbitMQConfiguration(
      host: "127.0.0.1",
      port: broker.port,
      username: "guest",
      password: "guest",
      name: "test"
    )
    let plan = ChannelPlan(declarations: [declaration], confirmsPublishes: true)
    var publishers: [RabbitMQConnection] = []
    for _ in 0..<2 {
      let connection = try await RabbitMQConnection.open(configuration, plan: plan, maximumBodyByteCount: 1, on: loop)
      await connection.start { _ in }
      publishers.append(connection)
    }
    // A broker that does not run reads nothing: the socket fills, and the rest of the messages waits.
    try await broker.command("pause", answer: "paused")
    let outcomes = publishers.map { publisher in
      (0..<100).map { _ in Task { try await publisher.publish(message([UInt8](repeating: 1, count: 100_000))) } }
    }
    await publishers[0].close()
    try await broker.command("kill", answer: "killed")
    for task in outcomes.joined() {
      let error = await #expect(throws: RabbitMQError.self) { try await task.value }
      #expect(error?.code == .closed || error?.code == .connectionLost)
    }
    broker.process.closeInput()
    await broker.process.exitStatus()
  }

  @Test("a thousand messages published at once are all confirmed and arrive in order")
  func manyAtOnce() async throws {
    let (consumer, events) = try await open(consumer(prefetchCount: 2000))
    let publisher = try await publisher()
    let outcomes = try await withThrowingTaskGroup(of: PublishOutcome.self) { group in
      for _ in 0..<1000 { group.addTask { try await publisher.publish(message([UInt8](repeating: 1, count: 2000))) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(outcomes == [PublishOutcome](repeating: .confirmed, count: 1000))
    var iterator = events.makeAsyncIterator()
    for expected in 1...1000 {
      #expect(await nextDelivery(&iterator)?.properties.messageID == ShortString("\(expected)"))
    }
    await consumer.close()
    await publisher.close()
  }

  @Test("a mandatory message to no queue is returned, with the broker's reason")
  func returned() async throws {
    let publisher = try await publisher()
    guard case .returned(let reason) = try await publisher.publish(message(to: "no.such.queue")) else {
      Issue.record("not returned")
      return
    }
    #expect(reason.contains("NO_ROUTE"))
    await publisher.close()
  }

  @Test("what was not acknowledged is delivered again, marked so, after the connection is gone")
  func redelivers() async throws {
    let (consumer, events) = try await open(consumer())
    var iterator = events.makeAsyncIterator()
    let publisher = try await publisher()
    _ = try await publisher.publish(message([1]))
    _ = try await publisher.publish(message([2]))
    let first = try #require(await nextDelivery(&iterator))
    _ = await nextDelivery(&iterator)
    await consumer.acknowledge(first.tag)
    await consumer.close()
    let (second, secondEvents) = try await open(self.consumer())
    var secondIterator = secondEvents.makeAsyncIterator()
    let again = try #require(await nextDelivery(&secondIterator))
    #expect(again.body == [2])
    #expect(again.isRedelivered)
    await second.close()
    await publisher.close()
  }

  @Test("a cancelled consumer gets nothing more, and what it holds can still be acknowledged")
  func cancels() async throws {
    let (consumer, events) = try await open(consumer())
    var iterator = events.makeAsyncIterator()
    let publisher = try await publisher()
    _ = try await publisher.publish(message([1]))
    let held = try #require(await nextDelivery(&iterator))
    await consumer.cancelConsumer()
    _ = try await publisher.publish(message([2]))
    await consumer.acknowledge(held.tag)
    await consumer.close()
    let (second, secondEvents) = try await open(self.consumer())
    var secondIterator = secondEvents.makeAsyncIterator()
    let remaining = try #require(await nextDelivery(&secondIterator))
    #expect(remaining.body == [2])
    #expect(!remaining.isRedelivered)
    await second.close()
    await publisher.close()
  }

  @Test("a consumer that begins again gets as many as it says, whatever it still holds", arguments: ["classic", "quorum"])
  func resumedConsumer(queueType: String) async throws {
    let declaration = Declaration.queue(QueueDeclaration(name: queue, arguments: ["x-queue-type": .string(queueType)]))
    let (consumer, events) = try await open(
      ChannelPlan(declarations: [declaration], consumer: .init(queue: queue, prefetchCount: 1))
    )
    var iterator = events.makeAsyncIterator()
    let (publisher, _) = try await open(ChannelPlan(confirmsPublishes: true))
    for number in 1...5 as ClosedRange<UInt8> { _ = try await publisher.publish(message([number])) }
    #expect(await nextDelivery(&iterator)?.body == [1])
    await consumer.cancelConsumer()
    await consumer.resumeConsumer(prefetchCount: 2)
    #expect(await nextDelivery(&iterator)?.body == [2])
    let third = try #require(await nextDelivery(&iterator))
    #expect(third.body == [3])
    // The fourth comes for the third, not before: what the broker sends comes in order.
    await consumer.acknowledge(third.tag)
    #expect(await nextDelivery(&iterator)?.body == [4])
    #expect(try await consumer.queueExists(queue, within: .seconds(60)) == true)
    await consumer.cancelConsumer()
    await consumer.cancelConsumer()
    await consumer.close()
    await publisher.close()
  }

  @Test("whether a queue or a Direct Reply-to consumer exists can be asked, many at a time")
  func queueExists() async throws {
    let (asker, askerEvents) = try await open(
      ChannelPlan(
        confirmsPublishes: true,
        consumer: .init(queue: "amq.rabbitmq.reply-to", prefetchCount: 0, acknowledges: false)
      )
    )
    let own = ShortString("own.\(UUID().uuidString)")
    let (owner, _) = try await open(
      ChannelPlan(declarations: [.queue(QueueDeclaration(name: own, isDurable: false, isExclusive: true))])
    )
    let (consumer, events) = try await open(consumer())
    var iterator = events.makeAsyncIterator()
    #expect(
      try await asker.publish(message(properties: MessageProperties(correlationID: "c", replyTo: "amq.rabbitmq.reply-to")))
        == .confirmed
    )
    let replyTo = try #require(await nextDelivery(&iterator)?.properties.replyTo)
    let expected: [(ShortString, Bool)] = [(queue, true), (replyTo, true), (own, true), ("no.such.queue", false)]
    try await withThrowingTaskGroup { group in
      for (name, exists) in (0..<20).flatMap({ _ in expected }) {
        group.addTask {
          let answer = try await consumer.queueExists(name, within: .seconds(60))
          #expect(answer == exists, "\(name)")
        }
      }
      try await group.waitForAll()
    }
    await asker.close()
    withExtendedLifetime(askerEvents) {}
    #expect(try await consumer.queueExists(replyTo, within: .seconds(60)) == false)
    #expect(await consumer.silence < .seconds(60))
    await owner.close()
    await consumer.close()
    await #expect(throws: RabbitMQError.self) { try await consumer.queueExists("a", within: .seconds(60)) }
  }

  @Test("a queue that is deleted ends its consumer's connection with the reason")
  func queueDeleted() async throws {
    let exclusive = ChannelPlan(declarations: [declaration], consumer: .init(queue: queue, prefetchCount: 1))
    let (connection, events) = try await open(exclusive)
    try await Management(broker).deleteQueue(queue.description)
    var closed: RabbitMQError?
    for await event in events {
      if case .closed(let error) = event {
        closed = error
        break
      }
    }
    #expect(closed?.code == .consumerCancelled)
    await connection.close()
  }

  @Test("a queue that exists is used as it is, whatever arguments the plan would declare it with")
  func usesExistingQueue() async throws {
    let publisher = try await publisher()
    let other = QueueDeclaration(name: queue, isDurable: true, arguments: ["x-queue-type": .string("quorum")])
    let (connection, _) = try await open(ChannelPlan(declarations: [.queue(other)]))
    await connection.close()
    await publisher.close()
  }

  @Test("a queue that is missing is an error where the plan does not declare")
  func missingQueue() async throws {
    let plan = ChannelPlan(declarations: [.queue(QueueDeclaration(name: queue, declares: false))])
    let error = await #expect(throws: RabbitMQError.self) { try await open(plan) }
    #expect(error?.code == .channelClosed)
    #expect(error?.message.contains(queue.description) == true)
    #expect(error?.message.contains("NOT_FOUND") == true)
  }

  @Test("a refused login says so, without the password")
  func refusedLogin() async throws {
    let error = await #expect(throws: RabbitMQError.self) {
      try await RabbitMQConnection.open(
        configuration(password: "hunter2"),
        plan: ChannelPlan(),
        maximumBodyByteCount: 1,
        on: loop
      )
    }
    #expect(error?.code == .accessRefused)
    #expect(error.map { "\($0)" }?.contains("hunter2") == false)
    #expect(!String(reflecting: configuration(password: "hunter2")).contains("hunter2"))
  }

  @Test("no broker is an error that names the address")
  func noBroker() async throws {
    let error = await #expect(throws: RabbitMQError.self) {
      try await RabbitMQConnection.open(configuration(port: 1), plan: ChannelPlan(), maximumBodyByteCount: 1, on: loop)
    }
    #expect(error?.code == .unreachable)
    #expect(error?.message.contains("127.0.0.1:1") == true)
  }

  @Test("Direct Reply-to: an answer published to the name that came with the request reaches the asker")
  func directReplyTo() async throws {
    let (server, requests) = try await open(consumer())
    var requestIterator = requests.makeAsyncIterator()
    let plan = ChannelPlan(
      confirmsPublishes: true,
      consumer: .init(queue: "amq.rabbitmq.reply-to", prefetchCount: 0, acknowledges: false)
    )
    let (asker, replies) = try await open(plan)
    var replyIterator = replies.makeAsyncIterator()
    var properties = MessageProperties(correlationID: "1", replyTo: "amq.rabbitmq.reply-to")
    #expect(try await asker.publish(message(properties: properties)) == .confirmed)
    let request = try #require(await nextDelivery(&requestIterator))
    let replyTo = try #require(request.properties.replyTo)
    #expect(replyTo.description.hasPrefix("amq.rabbitmq.reply-to."))
    properties = MessageProperties(correlationID: "1")
    let publisher = try await publisher()
    let reply = OutgoingMessage(routingKey: replyTo, isMandatory: false, properties: properties, body: [42])
    #expect(try await publisher.publish(reply) == .confirmed)
    #expect(await nextDelivery(&replyIterator)?.body == [42])
    for connection in [server, asker, publisher] { await connection.close() }
  }
}
