import Authorization
import AuthorizationClient
import Foundation
import StrictJSON
import TestSupport
import Testing

/// Passwords go to the broker and to ECPDS, and nowhere else.
@Suite("Secrets", .serialized, .timeLimit(.minutes(3)))
struct SecretsTests {
  /// Whatever a password could look like where it must not be.
  private struct Secret {
    let user: String
    let password: String

    /// The password as it stands in a URL.
    var percentEncoded: String { password.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "" }

    var forms: [String] {
      // Basic (RFC 7617), PLAIN (RFC 4616), and the password alone.
      let base64 = ["\(user):\(password)", "\0\(user)\0\(password)", password].map { Data($0.utf8).base64EncodedString() }
      let escaped = password.replacing("\"", with: "\\\"").replacing("/", with: "\\/")
      let hexadecimal = password.utf8.map { String($0, radix: 16) }.joined()
      return [password, percentEncoded, percentEncoded.lowercased(), escaped, hexadecimal] + base64
    }

    func isIn(_ text: String) -> Bool { forms.contains { text.contains($0) } }
  }

  private let ecpds = Secret(user: "service", password: Stack.ecpdsPassword)

  /// A user of the broker with a password that a URL must encode.
  private func makeBrokerUser(_ stack: Stack) async throws -> Secret {
    let user = Secret(user: "user-of-\(stack.virtualHost)", password: "br0ker's s3cret/%\(UUID().uuidString)")
    try await stack.management.setUser(user.user, password: user.password)
    return user
  }

  private func url(_ user: Secret, _ stack: Stack, host: String = "127.0.0.1") -> String {
    "amqp://\(user.user):\(user.percentEncoded)@\(host):\(stack.broker.port)/\(stack.virtualHost)"
  }

  private func ask(_ stack: Stack, _ user: String) async throws {
    let client = try await stack.client()
    let request = AuthorizationRequest(username: ExactString(user), identifier: ["destination": "CIP"])
    _ = try await client.checkAccess(request, timeout: .seconds(30))
    await client.close()
  }

  private func everything(of process: ChildProcess) -> String {
    process.outputLines.joined(separator: "\n") + process.errorOutput
  }

  private func processFile(_ name: String, of worker: Worker) throws -> [String] {
    let bytes = try Data(contentsOf: URL(filePath: "/proc/\(worker.process.processIdentifier)/\(name)"))
    return String(decoding: bytes, as: UTF8.self).split(separator: "\0").map(String.init)
  }

  @Test(
    "a worker shows no password in any output, in its command line or in its metrics, whatever happens to it",
    arguments: [true, false]
  )
  func worker(fromFiles: Bool) async throws {
    let stack = try await Stack()
    let broker = try await makeBrokerUser(stack)
    let files = ["broker", "ecpds"].map { stack.directory.appending(path: "\($0)-password") }
    for (file, secret) in zip(files, [broker, ecpds]) { try Data(secret.password.utf8).write(to: file) }
    let environment =
      fromFiles
      ? ["AMQP_PASSWORD_FILE": files[0].path, "ECPDS_PASSWORD_FILE": files[1].path]
      : ["AMQP_URL": url(broker, stack), "ECPDS_PASSWORD": ecpds.password]
    let configuration = try stack.configuration([
      "amqp.url": "amqp://\(broker.user)@127.0.0.1:\(stack.broker.port)/\(stack.virtualHost)", "ecpds.password": "",
      "logging.level": "trace",
    ])
    let worker = try Worker(stack, configuration, environment: environment)
    try await worker.waitForEvent("amqp.connection.established")

    // Success, a refusal by ECPDS, a signal, a refusal by the broker, and the end.
    try await ask(stack, "alice")
    try await stack.simulators[0].fault(#"{"status": 401}"#)
    try await ask(stack, "bob")
    worker.process.signal(SIGHUP)
    try await worker.waitForEvent("config.reloaded")
    let commandLine = try processFile("cmdline", of: worker).joined(separator: "\n")
    let variables = try processFile("environ", of: worker)
    let metrics = try await worker.get("/metrics").text
    try await stack.management.setUser(broker.user, password: "another")
    try await stack.management.closeConnections(of: broker.user)
    #expect(try await worker.waitForEvent("amqp.connection.failed").contains("access_refused"))
    let health = try await worker.get("/readyz").text
    #expect(await worker.drain() == 0)

    for secret in [broker, ecpds] {
      for text in [everything(of: worker.process), commandLine, metrics, health] { #expect(!secret.isIn(text)) }
      // What the operator has put there, and no more.
      let names = variables.filter(secret.isIn).compactMap { $0.split(separator: "=").first }
      #expect(names == (fromFiles ? [] : [secret.user == "service" ? "ECPDS_PASSWORD" : "AMQP_URL"]))
    }
  }

  @Test(
    "a worker that crashes prints no memory",
    .disabled(if: FaultControl.isSanitized, "a sanitizer catches the signal and reports it"),
    arguments: [SIGSEGV, SIGABRT, SIGILL]
  )
  func crash(signal: Int32) async throws {
    let stack = try await Stack()
    let worker = try await stack.startWorker(["logging.level": "trace"])
    try await ask(stack, "alice")
    worker.process.signal(signal)
    #expect(await worker.process.exitStatus() == 128 + signal)
    #expect(worker.process.errorOutput.isEmpty)
    #expect(!ecpds.isIn(everything(of: worker.process)))
  }

  @Test("no command shows a password, be its configuration good or bad and the answer whatever it is")
  func commands() async throws {
    let stack = try await Stack()
    let broker = try await makeBrokerUser(stack)
    try await stack.simulators[0].fault(#"{"status": 401}"#)
    let wrong = Secret(user: "guest", password: "wr0ng s3cret")
    let question = ["--username", "alice", "--identifier", "destination=CIP"]
    let good = ["amqp.url": url(broker, stack)]
    let refused = ["amqp.url": url(wrong, stack)]
    let faulty = ["amqp.url": url(broker, stack, host: "broker.example"), "ecpds.match_key": "''"]
    let runs: [(arguments: [String], changes: [String: String], status: Int32)] = [
      (["config", "validate"], good, 0), (["config", "validate"], faulty, 78), (["worker"], faulty, 78),
      (["check", "--verbose"] + question, good, 2), (["request"] + question, refused, 2),
      (["load", "--count", "1"], refused, 1), (["load", "--count", "1", "--json"], refused, 1),
    ]
    for run in runs {
      let process = try ChildProcess(
        Repository.program("aviso-ecpds"),
        run.arguments + ["--config", stack.configuration(run.changes).path]
      )
      process.closeInput()
      #expect(await process.exitStatus() == run.status, "\(run.arguments)")
      let output = everything(of: process)
      #expect(!output.isEmpty)
      for secret in [broker, ecpds, wrong] { #expect(!secret.isIn(output), "\(run.arguments)") }
    }
  }
}
