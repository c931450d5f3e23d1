import EventLoop
import Foundation
import RabbitMQClient
import TestSupport
import Testing

/// Client certificates on the real broker's own TLS listener, with the plugin for SASL EXTERNAL.
@Suite(
  "RabbitMQ client certificates",
  .enabled(if: Certificates.areAvailable, "Tests/run prepares Python"),
  .timeLimit(.minutes(2))
)
struct ClientCertificateTests {
  private func open(
    _ saslMechanism: RabbitMQConfiguration.SASLMechanism,
    certificate: String?,
    key: String? = nil
  ) async throws -> RabbitMQConnection {
    let broker = try await TestBroker.start()
    let (port, certificates) = try #require(broker.tls)
    let configuration = RabbitMQConfiguration(
      host: "localhost",
      port: port,
      username: saslMechanism == .plain ? "guest" : "",
      password: saslMechanism == .plain ? "guest" : "",
      saslMechanism: saslMechanism,
      tls: RabbitMQConfiguration.TLS(
        caFile: certificates.path("ca.pem"),
        certificateFile: certificate.map { certificates.path("\($0).pem") },
        keyFile: certificate.map { certificates.path("\(key ?? $0).key") }
      ),
      name: "test"
    )
    let plan = ChannelPlan(confirmsPublishes: true)
    let loop = try EventLoop(name: "test")
    return try await RabbitMQConnection.open(configuration, plan: plan, maximumBodyByteCount: 1000, on: loop)
  }

  private func failure(
    _ saslMechanism: RabbitMQConfiguration.SASLMechanism,
    certificate: String?,
    key: String? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async -> RabbitMQError? {
    await #expect(throws: RabbitMQError.self, sourceLocation: sourceLocation) {
      try await open(saslMechanism, certificate: certificate, key: key)
    }
  }

  private func isServed(_ connection: RabbitMQConnection) async throws -> Bool {
    await connection.start { _ in }
    let message = OutgoingMessage(routingKey: "no.such.queue", isMandatory: true, properties: MessageProperties(), body: [])
    defer { Task { await connection.close() } }
    guard case .returned = try await connection.publish(message) else { return false }
    return true
  }

  @Test("SASL EXTERNAL: the certificate is the login")
  func external() async throws {
    try await Management(TestBroker.start()).setUser("external-worker", password: nil)
    #expect(try await isServed(open(.external, certificate: "external-worker")))
  }

  @Test("SASL EXTERNAL: a certificate that is no user's is a refused login")
  func externalStranger() async throws {
    let error = await failure(.external, certificate: "stranger")
    #expect(error?.code == .accessRefused)
    #expect(error?.message.contains("ACCESS_REFUSED") == true)
  }

  @Test("SASL EXTERNAL: without a certificate the login is refused, by whatever words the broker has for it")
  func externalWithoutCertificate() async throws {
    #expect(await failure(.external, certificate: nil)?.code == .accessRefused)
  }

  @Test("SASL EXTERNAL: a broker that does not offer it is told from a wrong password")
  func externalNotOffered() async throws {
    let broker = try await TestBroker.start()
    let configuration = RabbitMQConfiguration(
      host: "127.0.0.1",
      port: broker.port,
      username: "",
      password: "",
      saslMechanism: .external,
      name: "test"
    )
    let error = await configuration.openingError()
    #expect(error?.code == .accessRefused)
    #expect(error?.message == "127.0.0.1:\(broker.port): the broker does not offer SASL EXTERNAL")
  }

  @Test("SASL PLAIN works with a client certificate and without one", arguments: ["external-worker", nil])
  func plain(certificate: String?) async throws {
    #expect(try await isServed(open(.plain, certificate: certificate)))
  }

  @Test("a client certificate of another authority is refused by the broker, and the error says that")
  func outsider() async throws {
    let error = await failure(.plain, certificate: "outsider")
    #expect(error?.code == .tlsFailed)
    // The broker's words for it arrive unless our first bytes cross its closing of the connection.
    let message = error?.message ?? ""
    let explanations = ["unknown ca", "the broker may have refused the client certificate"]
    #expect(explanations.contains { message.contains($0) }, "\(message)")
  }

  @Test(
    "a key that does not belong to the certificate, is missing or has a passphrase is an error that names both and says why",
    arguments: [
      ("stranger", "key values mismatch"), ("none", "No such file or directory"), ("encrypted", "bad password read"),
    ]
  )
  func unusableKey(key: String, reason: String) async throws {
    let error = await failure(.external, certificate: "external-worker", key: key)
    #expect(error?.code == .tlsFailed)
    #expect(error?.message.contains("external-worker.pem") == true)
    #expect(error?.message.contains("\(key).key") == true)
    #expect(error?.message.hasSuffix(reason) == true, "\(error?.message ?? "")")
  }
}
