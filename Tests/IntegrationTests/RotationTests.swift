import Authorization
import AuthorizationClient
import Foundation
import StrictJSON
import TestSupport
import Testing

/// Passwords and certificates that change while a worker runs.
@Suite("Rotation of credentials", .serialized, .timeLimit(.minutes(3)))
struct RotationTests {
  /// Replaces a file as operators should: at once.
  private func write(_ content: some StringProtocol, to file: URL) throws {
    try Data(content.utf8).write(to: file, options: .atomic)
  }

  private func copy(_ source: String, to file: URL) throws {
    try write(try String(contentsOfFile: source, encoding: .utf8), to: file)
  }

  private func ask(_ client: AuthorizationClient, _ user: ExactString) async throws -> AuthorizationReply {
    try await client.checkAccess(
      AuthorizationRequest(username: user, identifier: ["destination": "CIP"]),
      timeout: .seconds(30)
    )
  }

  @Test("the ECPDS password is read again at SIGHUP and after a 401, which is not retried; an empty file changes nothing")
  func ecpdsPassword() async throws {
    let stack = try await Stack()
    let file = stack.directory.appending(path: "ecpds-password")
    try write(Stack.ecpdsPassword + "\n", to: file)
    let worker = try await stack.startWorker(["ecpds.password": "", "ecpds.password_file": file.path])
    let client = try await stack.client()
    #expect(try await ask(client, "alice").decision == .allow)

    try write("wrong", to: file)
    worker.process.signal(SIGHUP)
    #expect(try await worker.waitForEvent("config.reloaded").contains(#""changed":["ecpds.password_file"]"#))
    #expect(try await ask(client, "bob").fetchOutcome == .http401)
    #expect(try await stack.simulators[0].requestCount(of: "bob") == 1)

    // Without a signal now: the next refusal has it read again, and what comes after that refusal is served.
    try write(Stack.ecpdsPassword, to: file)
    #expect(try await ask(client, "bob").fetchOutcome == .http401)
    #expect(try await ask(client, "bob").decision == .deny)
    #expect(try await stack.simulators[0].requestCount(of: "bob") == 3)
    #expect(worker.events("config.reloaded").count == 2)

    try write("", to: file)
    worker.process.signal(SIGHUP)
    let failed = try await worker.waitForEvent("config.reload_failed")
    #expect(failed.contains(#""key":"ecpds.password_file""#))
    #expect(failed.contains("must not be empty"))
    #expect(try await ask(client, "user-1").fetchOutcome == .success)
    await client.close()
    #expect(await worker.drain() == 0)
  }

  @Test("the broker's password is read again for each connection; a refused login is tried again until it is right")
  func brokerPassword() async throws {
    let stack = try await Stack()
    let management = stack.management
    let user = "user-of-\(stack.virtualHost)"
    try await management.setUser(user, password: "word-1")
    let file = stack.directory.appending(path: "broker-password")
    try write("word-1", to: file)
    let worker = try await stack.startWorker([
      "amqp.url": "amqp://\(user)@127.0.0.1:\(stack.broker.port)/\(stack.virtualHost)", "amqp.password_file": file.path,
    ])

    try await management.setUser(user, password: "word-2")
    try write("word-2", to: file)
    try await management.closeConnections(of: user)
    try await worker.waitForEvent("amqp.connection.established", count: 2)
    #expect(worker.events("amqp.connection.failed").isEmpty)

    // Without a file the password stays as it was, and that is refused until the file is there.
    try await management.setUser(user, password: "word-3")
    try FileManager.default.removeItem(at: file)
    try await management.closeConnections(of: user)
    #expect(try await worker.waitForEvent("config.reload_failed").contains("No such file or directory"))
    #expect(try await worker.waitForEvent("amqp.connection.failed").contains("access_refused"))
    try await worker.waitForEvent("amqp.connection.retried")
    #expect(worker.events("amqp.connection.failed").count == 1)
    #expect(try await worker.get("/readyz").status == 503)
    try write("word-3", to: file)
    try await worker.waitForEvent("amqp.connection.established", count: 3)
    #expect(worker.events("config.reload_failed").count == 1)
    #expect(try await worker.get("/readyz").status == 200)
    #expect(await worker.drain() == 0)
  }

  @Test(
    "by SASL EXTERNAL a worker logs in with the certificate that the files hold at each connection",
    .enabled(if: Certificates.areAvailable, "Tests/run prepares Python")
  )
  func clientCertificate() async throws {
    let stack = try await Stack()
    let (port, certificates) = try #require(stack.broker.tls)
    let management = stack.management
    try await management.setUser("external-worker", password: nil)
    let files = ["ca", "certificate", "key"].map { stack.directory.appending(path: "\($0).pem") }
    func install(_ authority: String, _ client: String) throws {
      try copy(certificates.path("\(authority).pem"), to: files[0])
      try copy(certificates.path("\(client).pem"), to: files[1])
      try copy(certificates.path("\(client).key"), to: files[2])
    }
    try install("ca", "stranger")
    let worker = try Worker(
      stack,
      stack.configuration([
        "amqp.url": "amqps://127.0.0.1:\(port)/\(stack.virtualHost)", "amqp.sasl_mechanism": "external",
        "amqp.tls": "{ ca_file: \(files[0].path), certificate_file: \(files[1].path), key_file: \(files[2].path) }",
      ])
    )
    #expect(try await worker.waitForEvent("amqp.connection.failed").contains("access_refused"))
    try install("ca", "external-worker")
    let established = try await worker.waitForEvent("amqp.connection.established")
    #expect(established.contains(#""broker":"amqps://127.0.0.1:\#(port) virtual host \#(stack.virtualHost)""#))
    let client = try await stack.client()
    #expect(try await ask(client, "alice").decision == .allow)
    await client.close()

    try install("other-ca", "external-worker")
    try await management.closeConnections(of: "external-worker")
    let failed = try await worker.waitForEvent("amqp.connection.failed", count: 2)
    #expect(failed.contains("tls_failed"))
    #expect(failed.contains("certificate"))
    try install("ca", "external-worker")
    try await worker.waitForEvent("amqp.connection.established", count: 2)
    #expect(await worker.drain() == 0)
  }

  @Test(
    "a new authority for ECPDS is trusted from the next connection on, and an old one no more; garbage changes nothing",
    .enabled(if: Certificates.areAvailable, "Tests/run prepares Python")
  )
  func ecpdsAuthority() async throws {
    let stack = try await Stack()
    let proxy = try await TLSProxy(for: stack.simulators[0].port)
    let stranger = try await TLSProxy(for: stack.simulators[0].port)
    let file = stack.directory.appending(path: "ca.pem")
    try copy(stranger.caFile.path, to: file)
    let worker = try await stack.startWorker([
      "ecpds.servers": "[https://localhost:\(proxy.port)]", "ecpds.ca_file": file.path,
    ])
    let client = try await stack.client()
    #expect(try await ask(client, "alice").fetchOutcome == .unreachable)
    #expect(try await worker.waitForEvent("auth.ecpds.fetch.failed").contains("certificate"))

    try copy(proxy.caFile.path, to: file)
    #expect(try await ask(client, "alice").decision == .allow)

    try write("garbage", to: file)
    worker.process.signal(SIGHUP)
    #expect(try await worker.waitForEvent("config.reload_failed").contains("holds no certificate"))
    #expect(try await ask(client, "user-1").fetchOutcome == .success)

    // The connection that stands was made under the old one.
    try copy(stranger.caFile.path, to: file)
    #expect(try await ask(client, "user-2").fetchOutcome == .unreachable)
    await client.close()
    #expect(await worker.drain() == 0)
  }

  @Test("SIGHUP does not end a worker, however often and whenever it comes")
  func hangUp() async throws {
    let stack = try await Stack()
    let worker = try await stack.startWorker()
    for _ in 0..<100 { worker.process.signal(SIGHUP) }
    #expect(try await worker.waitForEvent("config.reloaded").contains(#""changed":[]"#))
    try await stack.simulators[0].fault(#"{"latency_ms": 500}"#)
    let client = try await stack.client()
    async let reply = ask(client, "alice")
    try await worker.waitForEvent("auth.ecpds.cache.miss")
    worker.process.signal(SIGTERM)
    try await worker.waitForEvent("worker.draining")
    for _ in 0..<100 { worker.process.signal(SIGHUP) }
    #expect(try await reply.decision == .allow)
    #expect(await worker.process.exitStatus() == 0)
    await client.close()
  }
}
