package import Foundation

/// What the benchmark measures, each in rounds in which both contestants take turns, so that what else the machine does meets both. The
/// figures are medians over the rounds.
package struct RPCBench: Sendable {
  package enum Scenario: String, CaseIterable, Sendable {
    case saturation, latency, stampede, misses, stall, scale, memory, start
  }

  /// How much is measured.
  package struct Extent: Sendable {
    var roundCount = 3
    /// Users whom the worker has cached.
    var cachedUserCount = 1000
    /// In a round of `saturation` and `scale`.
    var requestCount = 100_000
    /// In a round of `latency` and `stall`.
    var seconds = 5
    var stampedeCount = 10_000
    var missCount = 5_000
    var memoryUserCount = 10_000

    /// For a test of the benchmark itself.
    package static let short = Extent(
      roundCount: 1,
      cachedUserCount: 50,
      requestCount: 500,
      seconds: 1,
      stampedeCount: 200,
      missCount: 100,
      memoryUserCount: 200
    )
  }

  private let extent: Extent
  private let logLevel: String

  /// - Parameter logLevel: the worker's.
  package init(extent: Extent, logLevel: String) {
    self.extent = extent
    self.logLevel = logLevel
  }

  /// - Parameter directory: for configurations, data and logs.
  package func run(_ scenario: Scenario, in directory: URL) async throws -> [Finding] {
    var findings: [Finding] = []
    let folder = directory.appending(path: scenario.rawValue)
    try await BenchStack.with(users(of: scenario), logLevel: logLevel, in: folder) { stack in
      findings =
        switch scenario {
        case .saturation: try await saturation(stack)
        case .latency: try await latency(stack)
        case .stampede: try await stampede(stack)
        case .misses: try await misses(stack)
        case .stall: try await stall(stack)
        case .scale: try await scale(stack)
        case .memory: try await memory(stack)
        case .start: try await start(stack)
        }
    }
    return findings
  }

  private func users(of scenario: Scenario) -> BenchStack.Users {
    switch scenario {
    case .stall: BenchStack.Users(destinationsPerUser: 2000, distinctDestinationCount: 5000)
    case .memory:
      BenchStack.Users(count: extent.memoryUserCount, destinationsPerUser: 50, distinctDestinationCount: 5000)
    case .saturation, .latency, .stampede, .misses, .scale, .start: BenchStack.Users()
    }
  }

  /// In each round both contestants once.
  private func inTurns<Result>(_ measure: (Contestant, _ round: Int) async throws -> Result) async throws -> [Contestant:
    [Result]]
  {
    var results: [Contestant: [Result]] = [:]
    for round in 0..<extent.roundCount {
      for contestant in Contestant.allCases { results[contestant, default: []].append(try await measure(contestant, round)) }
    }
    return results
  }

  // MARK: Cached users

  private struct Throughput {
    let perSecond: Double
    /// In microseconds, of all processes of the contestant together.
    let processorTimePerRequest: Double
    let residentMebibytes: Double
  }

  /// Until the worker has them all cached: of ten requests for each, on average, hardly any is for none of one.
  private func warmUp(_ stack: BenchStack, _ contestant: Contestant, _ settings: BenchStack.Settings) async throws {
    let count = 10 * extent.cachedUserCount
    _ = try await stack.load(
      settings,
      by: contestant,
      ["--window", "100", "--users", "\(extent.cachedUserCount)", "--count", "\(count)"]
    )
  }

  /// As many requests as a window of 200 allows, of users that are cached.
  private func throughput(
    _ stack: BenchStack,
    of contestant: Contestant,
    _ settings: BenchStack.Settings,
    _ replyMode: LoadProcess.ReplyMode,
    processCount: Int = 1
  ) async throws -> Throughput {
    try await stack.with(contestant, settings, count: processCount) { processes in
      for _ in 0..<processCount { try await warmUp(stack, contestant, settings) }
      func processorTime() -> Duration { processes.map(\.process.processorTime).reduce(.zero, +) }
      let before = processorTime()
      let arguments = ["--window", "200", "--users", "\(extent.cachedUserCount)", "--count", "\(extent.requestCount)"]
      let report = try await stack.load(settings, by: contestant, replyMode: replyMode, arguments)
      return Throughput(
        perSecond: report.perSecond,
        processorTimePerRequest: (processorTime() - before) / .microseconds(1) / Double(report.requests),
        residentMebibytes: Double(processes[0].process.residentBytes) / 1_048_576
      )
    }
  }

  private func saturation(_ stack: BenchStack) async throws -> [Finding] {
    var findings: [Finding] = []
    for queueType in BenchStack.QueueType.allCases {
      for replyMode in [LoadProcess.ReplyMode.direct, .queue] {
        let results = try await inTurns { contestant, _ in
          try await throughput(stack, of: contestant, BenchStack.Settings(queueType: queueType), replyMode)
        }
        func median(_ contestant: Contestant, _ value: (Throughput) -> Double) -> Double {
          (results[contestant] ?? []).map(value).median
        }
        let name = "\(queueType.rawValue), \(replyMode == .direct ? "Direct Reply-to" : "reply queue")"
        findings += [
          .atLeast(
            0.9,
            "\(name): requests/s",
            worker: median(.worker, \.perSecond),
            responder: median(.responder, \.perSecond)
          ),
          .atMost(
            3,
            "\(name): CPU us/request",
            worker: median(.worker, \.processorTimePerRequest),
            responder: median(.responder, \.processorTimePerRequest),
            digits: 1
          ),
        ]
      }
    }
    return findings
  }

  /// At half of what the slower one can do, in the open loop.
  private func latency(_ stack: BenchStack) async throws -> [Finding] {
    var findings: [Finding] = []
    for queueType in BenchStack.QueueType.allCases {
      let settings = BenchStack.Settings(queueType: queueType)
      var saturation = Double.infinity
      for contestant in Contestant.allCases {
        saturation = min(saturation, try await throughput(stack, of: contestant, settings, .direct).perSecond)
      }
      let rate = max(1, Int(saturation / 2))
      let results = try await inTurns { contestant, _ in
        try await stack.with(contestant, settings) { _ in
          try await warmUp(stack, contestant, settings)
          let arguments = ["--users", "\(extent.cachedUserCount)", "--rate", "\(rate)", "--duration", "\(extent.seconds)"]
          return try await stack.load(settings, by: contestant, arguments)
        }
      }
      for (percentile, ratio) in [("p50", nil), ("p99", 1.2)] {
        func median(_ contestant: Contestant) -> Double {
          (results[contestant] ?? []).map { $0.latencyMicroseconds[percentile] ?? 0 }.median / 1000
        }
        let name = "\(queueType.rawValue), \(rate) requests/s: \(percentile) ms"
        let (worker, responder) = (median(.worker), median(.responder))
        findings.append(
          ratio.map { .atMost($0, name, worker: worker, responder: responder, digits: 2) }
            ?? Finding(name, worker: worker, responder: responder, digits: 2)
        )
      }
    }
    return findings
  }

  /// More workers on one queue.
  private func scale(_ stack: BenchStack) async throws -> [Finding] {
    let counts = [1, 2, 4]
    let results = try await inTurns { contestant, _ in
      var rates: [Double] = []
      for count in counts {
        rates.append(try await throughput(stack, of: contestant, BenchStack.Settings(), .direct, processCount: count).perSecond)
      }
      return rates
    }
    return counts.indices.map { index in
      func median(_ contestant: Contestant) -> Double { (results[contestant] ?? []).map { $0[index] }.median }
      let name = "\(counts[index]) on one queue: requests/s"
      return .atLeast(0.9, name, worker: median(.worker), responder: median(.responder))
    }
  }

  // MARK: Users who are not cached

  /// Requests for one user at once, while the servers take 200 ms.
  private func stampede(_ stack: BenchStack) async throws -> [Finding] {
    let count = extent.stampedeCount
    let settings = BenchStack.Settings(prefetchCount: count + 1, worker: ["max_waiting: \(count)"])
    for simulator in stack.simulators { try await simulator.fault(#"{"latency_ms": 200}"#) }
    let results = try await inTurns { contestant, round in
      let user = "user-\(round)"
      return try await stack.with(contestant, settings) { _ in
        let arguments = ["--user", user, "--count", "\(count)", "--window", "\(count)"]
        let report = try await stack.load(settings, by: contestant, arguments)
        let fetchCount = contestant == .worker ? try await stack.fetchCounts(of: user).max() ?? 0 : 0
        return (milliseconds: report.seconds * 1000, fetchCount: Double(fetchCount))
      }
    }
    let worker = (results[.worker] ?? []).map(\.milliseconds).median
    let responder = (results[.responder] ?? []).map(\.milliseconds).median
    let name = "\(count) requests for one user: last reply after ms"
    let fetchCount = (results[.worker] ?? []).map(\.fetchCount).max() ?? 0
    return [
      Finding(name, worker: worker, responder: responder, target: "<= responder + 200", isMet: worker <= responder + 200),
      .atMost(1, "fetches a server", worker: fetchCount),
    ]
  }

  /// A request for each of many users, while the servers take 5 ms.
  private func misses(_ stack: BenchStack) async throws -> [Finding] {
    let (connectionCount, latency) = (64, 0.005)
    let settings = BenchStack.Settings(ecpds: ["max_connections_per_server: \(connectionCount)"])
    for simulator in stack.simulators { try await simulator.fault(#"{"latency_ms": 5}"#) }
    var rates: [Double] = []
    var times: [Double] = []
    var serverTimes: [Double] = []
    for _ in 0..<extent.roundCount {
      try await stack.with(.worker, settings) { processes in
        var servers: [LoggedProcess] = []
        for simulator in stack.simulators { servers.append(try await simulator.running()) }
        func processorTime(_ processes: [LoggedProcess]) -> Duration { processes.map(\.processorTime).reduce(.zero, +) }
        let before = (processorTime([processes[0].process]), processorTime(servers))
        let arguments = ["--window", "150", "--users", "100000", "--count", "\(extent.missCount)"]
        let report = try await stack.load(settings, by: .worker, arguments)
        let missCount = Double(report.cacheOutcomes["miss_fetched"] ?? 1)
        rates.append(missCount / report.seconds)
        times.append((processorTime([processes[0].process]) - before.0) / .microseconds(1) / missCount)
        serverTimes.append((processorTime(servers) - before.1) / .microseconds(1) / missCount)
      }
    }
    return [
      Finding(
        "misses/s (\(connectionCount) connections a server allow \(Int(Double(connectionCount) / latency)))",
        worker: rates.median
      ),
      Finding("CPU us/miss, worker", worker: times.median),
      Finding("CPU us/miss, both simulators", worker: serverTimes.median),
    ]
  }

  /// Cached users while lists of 2,000 records come in for others, and while none do.
  private func stall(_ stack: BenchStack) async throws -> [Finding] {
    let settings = BenchStack.Settings()
    let cached = ["--users", "\(extent.cachedUserCount)", "--rate", "1000", "--duration", "\(extent.seconds)"]
    let missing = ["--users", "100000", "--rate", "50", "--duration", "\(extent.seconds)"]
    var quiet: [Double] = []
    var busy: [Double] = []
    for _ in 0..<extent.roundCount {
      try await stack.with(.worker, settings) { _ in
        try await warmUp(stack, .worker, settings)
        func p99(_ report: LoadReport) -> Double { (report.latencyMicroseconds["p99"] ?? 0) / 1000 }
        quiet.append(p99(try await stack.load(settings, by: .worker, cached)))
        async let background = stack.load(settings, by: .worker, missing)
        busy.append(p99(try await stack.load(settings, by: .worker, cached)))
        _ = try await background
      }
    }
    return [
      Finding("cached users: p99 ms", worker: quiet.median, digits: 2),
      .atMost(
        quiet.median + 1,
        "the same, with 50 lists of 2,000 records a second",
        worker: busy.median,
        digits: 2
      ),
    ]
  }

  // MARK: The process

  private func memory(_ stack: BenchStack) async throws -> [Finding] {
    let settings = BenchStack.Settings()
    let mebibytes = try await stack.with(.worker, settings) { processes in
      let arguments = ["--users", "\(extent.memoryUserCount)", "--count", "\(10 * extent.memoryUserCount)", "--window", "150"]
      _ = try await stack.load(settings, by: .worker, arguments)
      return Double(processes[0].process.residentBytes) / 1_048_576
    }
    return [.atMost(40, "resident MiB, \(extent.memoryUserCount) users x 50 destinations", worker: mebibytes, digits: 1)]
  }

  /// From the start of the process until it consumes.
  private func start(_ stack: BenchStack) async throws -> [Finding] {
    var milliseconds: [Double] = []
    for _ in 0..<(2 * extent.roundCount + 1) {
      let begin = Date()
      try await stack.with(.worker, BenchStack.Settings()) { processes in
        let lines = try String(contentsOf: processes[0].log, encoding: .utf8).split(separator: "\n")
        guard let line = lines.first(where: { $0.contains("amqp.connection.established") }),
          let text = line.firstMatch(of: #/"timestamp":"([^"]+)"/#)?.1
        else { return }
        let end = try Date(String(text), strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true))
        milliseconds.append(end.timeIntervalSince(begin) * 1000)
      }
    }
    return [.atMost(150, "start to consuming, ms", worker: milliseconds.median)]
  }
}
