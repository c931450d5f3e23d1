import EventLoop
import Foundation
import RabbitMQClient
import TestSupport
import Testing

/// The interpreter that `Tests/run` has prepared.
private let python = ProcessInfo.processInfo.environment["AVISO_ECPDS_TEST_PYTHON"]

/// A TLS proxy in front of the real broker, with a certificate authority of its own.
@Suite("RabbitMQ over TLS", .enabled(if: python != nil, "set by Tests/run"), .timeLimit(.minutes(2)))
struct TLSTests {
  private func withProxy(
    hostName: String = "localhost",
    _ body: (_ port: Int, _ caFile: String, _ loop: EventLoop) async throws -> Void
  ) async throws {
    let broker = try await TestBroker.start()
    let caFile = FileManager.default.temporaryDirectory.appending(path: "ca-\(UUID().uuidString).pem")
    defer { try? FileManager.default.removeItem(at: caFile) }
    let proxy = try ChildProcess(
      URL(filePath: try #require(python)),
      [Repository.file("Tests/RabbitMQClientTests/Resources/tls_proxy.py").path, "\(broker.port)", hostName, caFile.path]
    )
    let port = try #require(Int(try await proxy.line { _ in true }))
    try await body(port, caFile.path, try EventLoop(name: "test"))
    proxy.closeInput()
    await proxy.exitStatus()
  }

  private func open(port: Int, caFile: String, loop: EventLoop, plan: ChannelPlan = ChannelPlan()) async throws
    -> RabbitMQConnection
  {
    let configuration = RabbitMQConfiguration(
      host: "localhost",
      port: port,
      username: "guest",
      password: "guest",
      tls: RabbitMQConfiguration.TLS(caFile: caFile),
      name: "test"
    )
    return try await RabbitMQConnection.open(configuration, plan: plan, maximumBodyByteCount: 2_000_000, on: loop)
  }

  @Test("messages go both ways through TLS, however large, with a private authority")
  func roundTrip() async throws {
    try await withProxy { port, caFile, loop in
      let queue = ShortString("test.\(UUID().uuidString)")
      let plan = ChannelPlan(
        declarations: [.queue(QueueDeclaration(name: queue, isDurable: false, isExclusive: true))],
        confirmsPublishes: true,
        consumer: .init(queue: queue, prefetchCount: 100)
      )
      let connection = try await open(port: port, caFile: caFile, loop: loop, plan: plan)
      let (deliveries, continuation) = AsyncStream.makeStream(of: Delivery.self)
      await connection.start { if case .delivery(let delivery) = $0 { continuation.yield(delivery) } }
      var iterator = deliveries.makeAsyncIterator()
      for byteCount in [1, 20_000, 1_000_000] {
        let body = (0..<byteCount).map { UInt8(truncatingIfNeeded: $0) }
        let message = OutgoingMessage(routingKey: queue, isMandatory: true, properties: MessageProperties(), body: body)
        #expect(try await connection.publish(message) == .confirmed)
        #expect(await iterator.next(isolation: #isolation)?.body == body)
      }
      await connection.close()
    }
  }

  @Test("a broker whose authority is not trusted is refused")
  func untrusted() async throws {
    try await withProxy { port, _, loop in
      let error = await #expect(throws: RabbitMQError.self) {
        try await open(port: port, caFile: RabbitMQConfiguration.TLS.systemCAFile, loop: loop)
      }
      #expect(error?.code == .tlsFailed)
    }
  }

  @Test("a certificate for another host is refused")
  func wrongHost() async throws {
    try await withProxy(hostName: "broker.example") { port, caFile, loop in
      let error = await #expect(throws: RabbitMQError.self) { try await open(port: port, caFile: caFile, loop: loop) }
      #expect(error?.code == .tlsFailed)
      #expect(error?.message.lowercased().contains("host") == true)
    }
  }

  @Test("authorities that cannot be read are an error that names the file")
  func missingCAFile() async throws {
    try await withProxy { port, _, loop in
      let error = await #expect(throws: RabbitMQError.self) {
        try await open(port: port, caFile: "/no/such/file.pem", loop: loop)
      }
      #expect(error?.code == .tlsFailed)
      #expect(error?.message.contains("/no/such/file.pem") == true)
    }
  }
}
