package import Foundation

/// A private RabbitMQ for tests: the same script that the local stack uses, started once a test process and ended with it.
package final class TestBroker: Sendable {
  package let process: ChildProcess
  package let port: Int
  package let managementPort: Int
  /// Of each node; the first is `port`.
  package let ports: [Int]
  private let rabbitmqctl: URL
  private let rabbitmqPlugins: URL
  /// Where it speaks TLS, and by which certificates.
  package let tls: (port: Int, certificates: Certificates)?

  private static let shared = Task {
    try await TestBroker(certificates: Certificates.areAvailable ? Certificates.make() : nil)
  }

  /// The broker that all tests share, each with queues of its own. It speaks TLS too where `Tests/run` has prepared Python.
  package static func start() async throws -> TestBroker { try await shared.value }

  /// A broker of one's own, to stop and start.
  ///
  /// - Parameters:
  ///   - nodes: with more than one it is a cluster.
  ///   - certificates: for TLS, which a cluster does not speak.
  ///   - directory: where data and logs are to be, and to stay.
  package init(nodes: Int = 1, certificates: Certificates? = nil, directory: URL? = nil) async throws {
    var arguments = ["--management", "--nodes", "\(nodes)"]
    if let certificates { arguments += ["--tls", certificates.directory] }
    if let directory {
      try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
      arguments += ["--directory", directory.path]
    }
    let broker = try ChildProcess(Repository.file("Config/local/broker"), arguments, deathSignal: "TERM")
    _ = try await broker.line { $0 == "ready" }
    func fact(_ name: String) throws -> String {
      guard let line = broker.outputLines.first(where: { $0.hasPrefix(name + "=") }) else { throw ChildProcess.Ended(broker) }
      return String(line.dropFirst(name.count + 1))
    }
    func number(_ name: String) throws -> Int {
      guard let number = Int(try fact(name)) else { throw ChildProcess.Ended(broker) }
      return number
    }
    process = broker
    port = try number("amqp_port")
    managementPort = try number("management_port")
    ports = nodes == 1 ? [port] : try (1...nodes).map { try number("amqp_port_\($0)") }
    tls = try certificates.map { (try number("amqps_port"), $0) }
    rabbitmqctl = URL(filePath: try fact("rabbitmqctl"))
    rabbitmqPlugins = URL(filePath: try fact("rabbitmq_plugins"))
  }

  /// Runs `rabbitmqctl` against the first node and returns what it prints.
  @discardableResult
  package func control(_ arguments: [String]) async throws -> [String] { try await run(rabbitmqctl, arguments) }

  /// Runs `rabbitmq-plugins` on the first node.
  package func enable(plugin: String) async throws { _ = try await run(rabbitmqPlugins, ["enable", plugin]) }

  private func run(_ tool: URL, _ arguments: [String]) async throws -> [String] {
    let process = try ChildProcess(tool, arguments)
    process.closeInput()
    guard await process.exitStatus() == 0 else { throw ChildProcess.Ended(process) }
    return process.outputLines
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
