import AuthorizationClient
import EventLoop
import Foundation
import RabbitMQClient
import TestSupport

/// What a test runs against: a virtual host of its own on the shared broker, two simulators, and the workers it starts.
final class Stack: Sendable {
  static let ecpdsPassword = "s3cret-of-the-service-account"

  let broker: TestBroker
  let virtualHost = "test-\(UUID().uuidString)"
  let directory: URL
  let simulators: [Simulator]

  /// - Parameter simulators: two of its own where there are none.
  init(broker: TestBroker? = nil, simulators: [Simulator] = []) async throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "aviso-ecpds-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    self.directory = directory
    if let broker { self.broker = broker } else { self.broker = try await TestBroker.start() }
    if simulators.isEmpty {
      async let first = Simulator(in: directory)
      async let second = Simulator(in: directory)
      self.simulators = [try await first, try await second]
    } else {
      self.simulators = simulators
    }
    try await Management(self.broker).makeVirtualHost(virtualHost)
  }

  deinit {
    try? FileManager.default.removeItem(at: directory)
  }

  var amqpURL: String { amqpURL(port: broker.port) }

  /// The broker, seen through a proxy on this port.
  func amqpURL(port: Int) -> String { "amqp://guest:guest@127.0.0.1:\(port)/\(virtualHost)" }

  var management: Management { Management(broker, virtualHost: virtualHost) }

  /// Writes a configuration; `changes` replace or add keys by their paths.
  func configuration(_ changes: [String: String] = [:]) throws -> URL {
    var values = [
      "amqp.url": amqpURL,
      "ecpds.username": "service",
      "ecpds.password": Self.ecpdsPassword,
      "ecpds.servers": "[\(simulators.map(\.url).joined(separator: ", "))]",
      "ecpds.match_key": "destination",
      "ecpds.request_timeout_seconds": "20",
      "http.port": "\(try Loopback.freePort())",
      "logging.level": "debug",
    ]
    values.merge(changes) { $1 }
    var sections: [String: [String]] = [:]
    for (path, value) in values {
      let parts = path.split(separator: ".", maxSplits: 1)
      sections[String(parts[0]), default: []].append("  \(parts[1]): \(value)\n")
    }
    let file = directory.appending(path: "worker-\(UUID().uuidString).yaml")
    let text = sections.sorted { $0.key < $1.key }.map { "\($0.key):\n\($0.value.sorted().joined())" }.joined()
    try Data(text.utf8).write(to: file)
    return file
  }

  /// Starts a worker and waits until it consumes.
  func startWorker(_ changes: [String: String] = [:]) async throws -> Worker {
    let worker = try Worker(self, configuration(changes))
    try await worker.waitForEvent("amqp.connection.established")
    try await worker.waitForEvent("worker.http.listening")
    return worker
  }

  func client(_ replyMode: AuthorizationClient.ReplyMode = .direct) async throws -> AuthorizationClient {
    try await AuthorizationClient.connect(to: rabbitMQ, replyMode: replyMode)
  }

  var rabbitMQ: RabbitMQConfiguration {
    RabbitMQConfiguration(
      host: "127.0.0.1",
      port: broker.port,
      virtualHost: virtualHost,
      username: "guest",
      password: "guest",
      name: "test"
    )
  }
}

/// A worker process.
final class Worker: Sendable {
  let process: ChildProcess
  let configuration: URL
  private let port: Int
  /// Kept: it needs the simulators and the file as long as it runs.
  let stack: Stack

  init(_ stack: Stack, _ configuration: URL, environment: [String: String] = [:]) throws {
    self.stack = stack
    self.configuration = configuration
    let text = try String(contentsOf: configuration, encoding: .utf8)
    port = text.split(separator: "\n").first { $0.contains("port:") }.flatMap { Int($0.split(separator: " ").last ?? "") } ?? 0
    process = try ChildProcess(
      Repository.program("aviso-ecpds"),
      ["worker", "--config", configuration.path],
      environment: environment
    )
  }

  deinit {
    // Without effect on one that has ended as it should.
    process.signal(SIGKILL)
  }

  /// Waits for the `count`th log line of an event and returns it.
  @discardableResult
  func waitForEvent(_ name: String, count: Int = 1) async throws -> String {
    try await process.line(count: count) { $0.contains(#""event_name":"\#(name)""#) }
  }

  func events(_ name: String) -> [String] {
    process.outputLines.filter { $0.contains(#""event_name":"\#(name)""#) }
  }

  func get(_ path: String) async throws -> HTTP.Response {
    try await HTTP.request("GET", port: port, path)
  }

  func metric(_ series: String) async throws -> Double? {
    try await get("/metrics").text.split(separator: "\n").first { $0.hasPrefix(series + " ") }
      .flatMap { Double($0.split(separator: " ").last ?? "") }
  }

  /// The broker's name of one of the worker's connections, `consumer` or `publisher`. The broker lists a connection only after a while.
  func connectionName(_ role: String) async throws -> String {
    let mark = "-\(process.processIdentifier) \(role)"
    while true {
      if let (name, _) = try await stack.management.connections().first(where: { $0.clientName.hasSuffix(mark) }) { return name }
      try await Task.sleep(for: .milliseconds(100))
    }
  }

  /// SIGTERM, and the exit status after the drain.
  func drain() async -> Int32 {
    process.signal(SIGTERM)
    return await process.exitStatus()
  }
}
