import EventLoop
import Foundation
import RabbitMQClient
import TestSupport
import Testing

/// What happens between `open` and `start`, and questions that a broker leaves open.
@Suite("RabbitMQ connection before it is started", .timeLimit(.minutes(2)))
struct ConnectionStartTests {
  private let loop: EventLoop
  private let queue = ShortString("test.\(UUID().uuidString)")

  init() throws {
    loop = try EventLoop(name: "test")
  }

  private func open(port: Int) async throws -> RabbitMQConnection {
    try await RabbitMQConnection.open(
      RabbitMQConfiguration(host: "127.0.0.1", port: port, username: "guest", password: "guest", name: "test"),
      plan: ChannelPlan(
        declarations: [.queue(QueueDeclaration(name: queue, isDurable: false))],
        confirmsPublishes: true
      ),
      maximumBodyByteCount: 1,
      on: loop
    )
  }

  /// The code of the event `closed`, which must be the first.
  private func end(of connection: RabbitMQConnection) async -> RabbitMQError.Code? {
    let (events, continuation) = AsyncStream.makeStream(of: RabbitMQEvent.self)
    await connection.start { continuation.yield($0) }
    guard case .closed(let error)? = await events.first(where: { _ in true }) else { return nil }
    return error.code
  }

  private var message: OutgoingMessage {
    OutgoingMessage(
      routingKey: queue,
      isMandatory: true,
      properties: MessageProperties(),
      body: [UInt8](repeating: 1, count: 100_000)
    )
  }

  @Test("one that a write has found dead tells so when it is started, with the reason")
  func lost() async throws {
    let proxy = try TCPProxy(to: try await TestBroker.start().port)
    let connection = try await open(port: proxy.port)
    proxy.cut(.reset)
    // The reset may take a moment to arrive, and nothing is read yet: only a write can find it.
    let (outcomes, continuation) = AsyncStream.makeStream(of: Result<PublishOutcome, RabbitMQError>.self)
    let writer = Task {
      while !Task.isCancelled {
        await connection.publish(message) { continuation.yield($0) }
        await Task.yield()
      }
    }
    guard case .failure(let error)? = await outcomes.first(where: { _ in true }) else {
      Issue.record("a message got through")
      return
    }
    writer.cancel()
    #expect(error.code == .connectionLost)
    #expect(await end(of: connection) == .connectionLost)
    proxy.close()
  }

  @Test("one whose peer has gone unnoticed tells so when it is started")
  func unnoticed() async throws {
    let proxy = try TCPProxy(to: try await TestBroker.start().port)
    let connection = try await open(port: proxy.port)
    proxy.cut(.reset)
    #expect(await end(of: connection) == .connectionLost)
    proxy.close()
  }

  @Test("one that was closed says that it is")
  func closed() async throws {
    let connection = try await open(port: try await TestBroker.start().port)
    await connection.close()
    #expect(await end(of: connection) == .closed)
  }

  @Test("what was published before, more than the socket takes, goes out once it is started")
  func publishedBefore() async throws {
    let connection = try await open(port: try await TestBroker.start().port)
    let outcomes = (0..<100).map { _ in Task.immediate { try await connection.publish(message) } }
    await connection.start { _ in }
    for outcome in outcomes { #expect(try await outcome.value == .confirmed) }
    await connection.close()
  }

  @Test("a broker that does not say whether a queue exists is not waited for longer than told, and answers later questions")
  func silentBroker() async throws {
    let broker = try await TestBroker()
    let connection = try await open(port: broker.port)
    await connection.start { _ in }
    try await broker.command("pause", answer: "paused")
    for name in [queue, "no.such.queue", queue] {
      #expect(try await connection.queueExists(name, within: .milliseconds(20)) == nil)
    }
    try await broker.command("resume", answer: "resumed")
    #expect(try await connection.queueExists("no.such.queue", within: .seconds(100)) == false)
    #expect(try await connection.queueExists(queue, within: .seconds(100)) == true)
    await connection.close()
    broker.process.closeInput()
    await broker.process.exitStatus()
  }
}
