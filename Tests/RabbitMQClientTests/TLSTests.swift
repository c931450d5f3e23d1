import EventLoop
import Foundation
import RabbitMQClient
import TestSupport
import Testing

/// A TLS proxy in front of the real broker, with a certificate authority of its own.
@Suite("RabbitMQ over TLS", .enabled(if: Certificates.areAvailable, "Tests/run prepares Python"), .timeLimit(.minutes(2)))
struct TLSTests {
  private func proxy(hostName: String = "localhost", flaw: TLSProxy.Flaw? = nil) async throws -> TLSProxy {
    try await TLSProxy(for: TestBroker.start().port, hostName: hostName, flaw: flaw)
  }

  private func open(
    _ proxy: TLSProxy,
    host: String = "localhost",
    caFile: String? = nil,
    plan: ChannelPlan = ChannelPlan()
  ) async throws -> RabbitMQConnection {
    let configuration = RabbitMQConfiguration(
      host: host,
      port: proxy.port,
      username: "guest",
      password: "guest",
      tls: RabbitMQConfiguration.TLS(caFile: caFile ?? proxy.caFile.path),
      name: "test"
    )
    let loop = try EventLoop(name: "test")
    return try await RabbitMQConnection.open(configuration, plan: plan, maximumBodyByteCount: 2_000_000, on: loop)
  }

  /// What a TLS connection that must not come about fails with.
  private func failure(
    _ proxy: TLSProxy,
    host: String = "localhost",
    caFile: String? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async -> String? {
    let error = await #expect(throws: RabbitMQError.self, sourceLocation: sourceLocation) {
      try await open(proxy, host: host, caFile: caFile)
    }
    #expect(error?.code == .tlsFailed, sourceLocation: sourceLocation)
    return error?.message
  }

  @Test("messages go both ways through TLS, however large, with a private authority")
  func roundTrip() async throws {
    let queue = ShortString("test.\(UUID().uuidString)")
    let plan = ChannelPlan(
      declarations: [.queue(QueueDeclaration(name: queue, isDurable: false, isExclusive: true))],
      confirmsPublishes: true,
      consumer: .init(queue: queue, prefetchCount: 100)
    )
    let proxy = try await proxy()
    let connection = try await open(proxy, plan: plan)
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

  @Test("a broker whose authority is not trusted is refused, and the error says that")
  func untrusted() async throws {
    let proxy = try await proxy()
    let message = await failure(proxy, caFile: RabbitMQConfiguration.TLS.systemCAFile)
    #expect(message == "localhost:\(proxy.port): SSL handshake failed: unable to get local issuer certificate")
  }

  @Test("a certificate for another host is refused, and the error says that")
  func wrongHost() async throws {
    let proxy = try await proxy(hostName: "broker.example")
    #expect(await failure(proxy) == "localhost:\(proxy.port): SSL handshake failed: hostname mismatch")
  }

  @Test("a certificate for an address is accepted for that address, and for no other")
  func addresses() async throws {
    let right = try await proxy(hostName: "127.0.0.1")
    try await open(right, host: "127.0.0.1").close()
    #expect(await failure(right)?.hasSuffix("hostname mismatch") == true)
    let wrong = try await proxy(hostName: "127.0.0.2")
    #expect(await failure(wrong, host: "127.0.0.1")?.hasSuffix("IP address mismatch") == true)
  }

  @Test("a certificate that has expired is refused, and the error says that")
  func expired() async throws {
    let proxy = try await proxy(flaw: .expired)
    #expect(await failure(proxy) == "localhost:\(proxy.port): SSL handshake failed: certificate has expired")
  }

  @Test("a broker that has TLS 1.1 and nothing newer is refused")
  func obsolete() async throws {
    let proxy = try await proxy(flaw: .obsolete)
    let message = await failure(proxy)
    // The version itself, and not one of the reasons that OpenSSL's security level finds later, which depends on the machine.
    #expect(message?.hasSuffix("tlsv1 alert protocol version") == true, "\(message ?? "")")
  }

  @Test("a broker that speaks no TLS at its port is refused, and the error says that")
  func plaintext() async throws {
    let broker = try await TestBroker.start()
    let configuration = RabbitMQConfiguration(
      host: "localhost",
      port: broker.port,
      username: "guest",
      password: "guest",
      tls: RabbitMQConfiguration.TLS(),
      name: "test"
    )
    let error = await configuration.openingError()
    #expect(error?.code == .tlsFailed)
    #expect(error?.message.hasSuffix("wrong version number") == true)
  }

  @Test("authorities that cannot be read or hold none are an error that names the file and says why")
  func unusableCAFile() async throws {
    let proxy = try await proxy()
    let missing = await failure(proxy, caFile: "/no/such/file.pem")
    #expect(missing == "the certificate authorities in /no/such/file.pem cannot be used: no such file")
    let garbage = Repository.file("README.md").path
    let found = await failure(proxy, caFile: garbage)
    #expect(found == "the certificate authorities in \(garbage) cannot be used: no certificate or crl found")
  }
}
