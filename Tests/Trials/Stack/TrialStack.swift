import Foundation
import TestSupport

/// What is tried: a broker, simulators and workers on loopback, and the network between them.
final class TrialStack: Sendable {
  struct Settings {
    var workerCount = 3
    var simulatorCount = 2
    var brokerNodeCount = 1
    /// Keys of the configuration's `ecpds` section beside the account and the servers.
    var ecpds = ["cache_ttl_seconds: 10", "request_timeout_seconds: 2", "connect_timeout_seconds: 1"]
    var keepsWorkerLogs = true
  }

  /// The simulators' data, in a file that the load is verified against.
  static let data = """
    {
      "service_account": {"username": "service", "password": "secret-of-the-service-account"},
      "generated": {"users": 100000, "prefix": "user-", "destinations_per_user": 20, "distinct_destinations": 500, "seed": 7}
    }
    """

  let directory: URL
  let broker: TestBroker
  let workers: [TrialWorker]
  let simulators: [TrialSimulator]
  /// The configuration that the load is to have: its own way to the broker.
  let loadConfiguration: URL
  private let links: [Fault.Link: TCPProxy]

  var dataFile: URL { directory.appending(path: "simulator-data.json") }
  /// Where the load may find the queues: one way to each node.
  let brokerURLs: [String]

  /// Starts everything, and ends it when `body` is through.
  static func with<Outcome: Sendable>(
    _ settings: Settings,
    in directory: URL,
    _ body: (TrialStack) async throws -> Outcome
  ) async throws -> Outcome {
    let stack = try await TrialStack(settings, in: directory)
    do {
      let outcome = try await body(stack)
      await stack.close()
      return outcome
    } catch {
      await stack.close()
      throw error
    }
  }

  /// Starts everything, and returns when the workers are ready.
  ///
  /// - Parameter directory: for configurations and logs.
  init(_ settings: Settings, in directory: URL) async throws {
    self.directory = directory
    let dataFile = directory.appending(path: "simulator-data.json")
    try Data(Self.data.utf8).write(to: dataFile)
    let broker = try await TestBroker(nodes: settings.brokerNodeCount, directory: directory.appending(path: "broker"))
    self.broker = broker
    simulators = try (1...settings.simulatorCount).map {
      try TrialSimulator(data: dataFile, log: directory.appending(path: "simulator-\($0).log"))
    }
    for simulator in simulators { try await simulator.start() }

    var links: [Fault.Link: TCPProxy] = [:]
    for (index, simulator) in simulators.enumerated() { links[.workersToSimulator(index)] = try TCPProxy(to: simulator.port) }
    let servers = simulators.indices.map { "http://127.0.0.1:\(links[.workersToSimulator($0)]?.port ?? 0)" }
    func configure(_ name: String, brokerPort: Int, httpPort: Int) throws -> URL {
      let file = directory.appending(path: "\(name).yaml")
      let text = Self.configuration(settings, brokerPort: brokerPort, servers: servers, httpPort: httpPort)
      try Data(text.utf8).write(to: file)
      return file
    }

    workers = try (0..<settings.workerCount).map { index in
      // In a cluster each worker has a node of its own.
      let proxy = try TCPProxy(to: broker.ports[index % broker.ports.count])
      links[.workerToBroker(index)] = proxy
      let httpPort = try Loopback.serverPort()
      return TrialWorker(
        number: index + 1,
        configuration: try configure("worker-\(index + 1)", brokerPort: proxy.port, httpPort: httpPort),
        log: settings.keepsWorkerLogs ? directory.appending(path: "worker-\(index + 1).log") : URL(filePath: "/dev/null"),
        httpPort: httpPort
      )
    }
    let loadProxy = try TCPProxy(to: broker.port)
    links[.loadToBroker] = loadProxy
    loadConfiguration = try configure("load", brokerPort: loadProxy.port, httpPort: try Loopback.serverPort())
    let loadPorts = [loadProxy.port] + broker.ports.dropFirst()
    brokerURLs = loadPorts.map { "amqp://guest:guest@127.0.0.1:\($0)/%2F" }
    self.links = links

    for worker in workers { try await worker.start() }
    for worker in workers { try await Patience.wait(for: "\(worker.name) to be ready") { await worker.isReady() } }
  }

  private static func configuration(_ settings: Settings, brokerPort: Int, servers: [String], httpPort: Int) -> String {
    """
    amqp:
      url: amqp://guest:guest@127.0.0.1:\(brokerPort)/%2F
      heartbeat_seconds: 2
    ecpds:
      username: service
      password: secret-of-the-service-account
      servers: [\(servers.joined(separator: ", "))]
      match_key: destination
      \(settings.ecpds.joined(separator: "\n  "))
    worker:
      drain_timeout_seconds: 5
    http:
      port: \(httpPort)

    """
  }

  func link(_ link: Fault.Link) -> TCPProxy {
    guard let proxy = links[link] else { preconditionFailure("there is no network between \(link)") }
    return proxy
  }

  /// Ends everything.
  func close() async {
    for worker in workers { _ = try? await worker.end(by: SIGKILL) }
    for simulator in simulators { try? await simulator.end(by: SIGKILL) }
    for proxy in links.values { proxy.close() }
    broker.process.closeInput()
    await broker.process.exitStatus()
  }
}
