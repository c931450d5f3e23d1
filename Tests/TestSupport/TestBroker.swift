package import Foundation

/// A private RabbitMQ for tests: the same script that the local stack uses, started once a test process and ended with it.
package final class TestBroker: Sendable {
  package let process: ChildProcess
  package let port: Int
  package let managementPort: Int
  /// Where it speaks TLS, and by which certificates.
  package let tls: (port: Int, certificates: Certificates)?

  private static let shared = Task {
    try await TestBroker(certificates: Certificates.areAvailable ? Certificates.make() : nil)
  }

  /// The broker that all tests share, each with queues of its own. It speaks TLS too where `Tests/run` has prepared Python.
  package static func start() async throws -> TestBroker { try await shared.value }

  /// A broker of one's own, to stop and start.
  package init(certificates: Certificates? = nil) async throws {
    let tlsArguments = certificates.map { ["--tls", $0.directory] } ?? []
    let broker = try ChildProcess(Repository.file("Config/local/broker"), ["--management"] + tlsArguments)
    _ = try await broker.line { $0 == "ready" }
    func fact(_ name: String) throws -> Int {
      let value = broker.outputLines.first { $0.hasPrefix(name + "=") }?.dropFirst(name.count + 1)
      guard let value, let number = Int(value) else { throw ChildProcess.Ended(broker) }
      return number
    }
    process = broker
    port = try fact("amqp_port")
    managementPort = try fact("management_port")
    tls = try certificates.map { (try fact("amqps_port"), $0) }
  }

  /// Sends a command to the script and waits for its answer.
  package func command(_ command: String, answer: String) async throws {
    let count = process.outputLines.count
    try process.send(command)
    _ = try await process.line(from: count) { $0 == answer }
  }
}

/// Where things are.
package enum Repository {
  package static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()

  package static func file(_ path: String) -> URL { root.appending(path: path) }

  /// A program of this package, built beside the test bundle.
  package static func program(_ name: String) -> URL {
    Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }
      .map { $0.bundleURL.deletingLastPathComponent().appending(path: name) }
      ?? Bundle.main.bundleURL.appending(path: name)
  }
}
