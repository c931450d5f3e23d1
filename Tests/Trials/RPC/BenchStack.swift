import Foundation
import TestSupport

/// A broker, simulators, and one contestant after another on the same queues, with nothing between them.
final class BenchStack: Sendable {
  enum QueueType: String, CaseIterable, Sendable {
    case classic, quorum
  }

  /// What a scenario changes of the worker's settings, and of the responder's where it has them.
  struct Settings: Sendable {
    var queueType = QueueType.classic
    var prefetchCount = 200
    /// More lines of the configuration.
    var ecpds: [String] = []
    var worker: [String] = []
  }

  /// What the simulators know beside the service account.
  struct Users: Sendable {
    var count = 100_000
    var destinationsPerUser = 20
    var distinctDestinationCount = 2000
  }

  let directory: URL
  let simulators: [TrialSimulator]
  private let broker: TestBroker
  private let logLevel: String
  private var dataFile: URL { directory.appending(path: "simulator-data.json") }

  /// Starts broker and simulators, declares the queues, and ends everything when `body` is through.
  static func with(
    _ users: Users,
    logLevel: String,
    in directory: URL,
    _ body: (BenchStack) async throws -> Void
  ) async throws {
    let stack = try await BenchStack(users, logLevel: logLevel, in: directory)
    do {
      // Only a worker declares queues.
      for queueType in QueueType.allCases { try await stack.with(.worker, Settings(queueType: queueType)) { _ in } }
      try await body(stack)
      await stack.close()
    } catch {
      await stack.close()
      throw error
    }
  }

  private init(_ users: Users, logLevel: String, in directory: URL) async throws {
    self.directory = directory
    self.logLevel = logLevel
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    let data = """
      {
        "service_account": {"username": "service", "password": "secret-of-the-service-account"},
        "generated": {
          "users": \(users.count), "prefix": "user-", "destinations_per_user": \(users.destinationsPerUser),
          "distinct_destinations": \(users.distinctDestinationCount), "seed": 7
        }
      }
      """
    let dataFile = directory.appending(path: "simulator-data.json")
    try Data(data.utf8).write(to: dataFile)
    simulators = try (1...2).map { try TrialSimulator(data: dataFile, log: directory.appending(path: "simulator-\($0).log")) }
    for simulator in simulators { try await simulator.start() }
    broker = try await TestBroker(directory: directory.appending(path: "broker"))
  }

  private func close() async {
    for simulator in simulators { try? await simulator.end(by: SIGKILL) }
    broker.process.closeInput()
    await broker.process.exitStatus()
  }

  // MARK: Contestants

  /// Has a contestant answer while `body` runs: one process of it, or more.
  func with<Outcome>(
    _ contestant: Contestant,
    _ settings: Settings,
    count: Int = 1,
    _ body: ([ContestantProcess]) async throws -> Outcome
  ) async throws -> Outcome {
    var processes: [ContestantProcess] = []
    for _ in 0..<count { processes.append(try await start(contestant, settings)) }
    do {
      let outcome = try await body(processes)
      for process in processes { await process.end() }
      return outcome
    } catch {
      for process in processes { await process.end() }
      throw error
    }
  }

  /// Returns when it takes requests.
  private func start(_ contestant: Contestant, _ settings: Settings) async throws -> ContestantProcess {
    let log = directory.appending(path: "\(contestant.rawValue).log")
    try? FileManager.default.removeItem(at: log)
    let process: LoggedProcess
    let isReady: () async -> Bool
    switch contestant {
    case .worker:
      let httpPort = try Loopback.serverPort()
      let configuration = try configuration(settings, httpPort: httpPort)
      process = try LoggedProcess(Repository.program("aviso-ecpds"), ["worker", "--config", configuration.path], log: log)
      isReady = { (try? await HTTP.request("GET", port: httpPort, "/readyz", timeout: 5).status) == 200 }
    case .responder:
      let arguments = ["\(broker.port)", queue(settings), "\(settings.prefetchCount)"]
      process = try LoggedProcess(Repository.program("ConstantResponder"), arguments, log: log)
      isReady = { (try? String(contentsOf: log, encoding: .utf8))?.contains("ready") == true }
    }
    try await Patience.wait(for: "the \(contestant.rawValue) to take requests", until: isReady)
    return ContestantProcess(process: process, log: log)
  }

  private func queue(_ settings: Settings) -> String { "requests.\(settings.queueType.rawValue)" }

  private func configuration(_ settings: Settings, httpPort: Int) throws -> URL {
    let file = directory.appending(path: "worker-\(UUID().uuidString).yaml")
    let text = """
      amqp:
        url: amqp://guest:guest@127.0.0.1:\(broker.port)/%2F
        request_queue: \(queue(settings))
        queue_type: \(settings.queueType.rawValue)
        prefetch: \(settings.prefetchCount)
      ecpds:
        username: service
        password: secret-of-the-service-account
        servers: [\(simulators.map { "http://127.0.0.1:\($0.port)" }.joined(separator: ", "))]
        match_key: destination
        \(settings.ecpds.joined(separator: "\n  "))
      worker:
        drain_timeout_seconds: 5
        \(settings.worker.joined(separator: "\n  "))
      http:
        port: \(httpPort)
      logging:
        level: \(logLevel)

      """
    try Data(text.utf8).write(to: file)
    return file
  }

  // MARK: Load

  struct Unanswered: Error, CustomStringConvertible {
    let description: String
  }

  /// Sends requests and waits for all answers.
  ///
  /// - Throws: where one was not answered, or answered `unavailable`, or wrongly by the worker.
  func load(
    _ settings: Settings,
    by contestant: Contestant,
    replyMode: LoadProcess.ReplyMode = .direct,
    _ arguments: [String]
  ) async throws -> LoadReport {
    let folder = directory.appending(path: "load-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let process = try LoadProcess(
      try configuration(settings, httpPort: try Loopback.serverPort()),
      data: dataFile,
      replyMode: replyMode,
      load: ["--mix", "allowed=1,denied=0,missing-key=0", "--linger", "0.1"] + arguments,
      in: folder
    )
    let report = try await process.report(seconds: 300)
    let isWrong = contestant == .worker && (report.wrongCount > 0 || report.decisions["allow"] != report.requests)
    guard report.answeredOnce == report.requests, !isWrong else {
      throw Unanswered(
        description: "of \(report.requests) requests \(report.answeredOnce) were answered once, \(report.wrongCount) wrongly: "
          + "\(report.decisions)"
      )
    }
    return report
  }

  /// How often the simulators were asked for a user's list.
  func fetchCounts(of user: String) async throws -> [Int] {
    struct Counts: Decodable {
      let users: [String: Int]
    }
    var counts: [Int] = []
    for simulator in simulators {
      let answer = try await HTTP.request("GET", port: simulator.port, "/simulator/requests").body
      counts.append(try JSONDecoder().decode(Counts.self, from: answer).users[user] ?? 0)
    }
    return counts
  }
}
