import Authorization
import CoalescingCache
import InMemoryLogging
import Logging
import StrictJSON
import Synchronization

/// A checker over a real cache and fetcher, with a fake transport, clock, log and metrics.
struct Harness {
  let transport: FakeTransport
  let metrics = TestMetrics()
  let logs = InMemoryLogHandler()
  let clock = ManualClock()
  let loop: Loop
  let logger: Logger
  let fetcher: DestinationFetcher
  let checker: AuthorizationChecker

  init(
    _ answers: [String: Result<HTTPResponse, HTTPTransportError>],
    policy: PartialOutagePolicy = .strict,
    matchKey: ExactString = "destination",
    targetField: ExactString = "name",
    adminRoles: [String: Set<String>] = [:],
    logLevel: Logger.Level = .debug
  ) {
    let executor = QueueExecutor()
    let clock = clock
    let logs = logs
    loop = Loop(executor)
    transport = FakeTransport(answers)
    let authorizationMetrics = AuthorizationMetrics(factory: metrics, serverCount: answers.count)
    let fetcher = DestinationFetcher(
      configuration: DestinationFetcher.Configuration(
        servers: answers.keys.sorted().map { "https://\($0)" },
        credentials: HTTPCredentials(username: "service", password: "hunter2"),
        targetField: targetField,
        partialOutagePolicy: policy
      ),
      transport: transport,
      metrics: authorizationMetrics,
      now: { clock.now }
    )
    var logger = Logger(label: "test") { _ in logs }
    logger.logLevel = logLevel
    self.logger = logger
    self.fetcher = fetcher
    checker = AuthorizationChecker(
      matchKey: matchKey,
      adminRoles: adminRoles,
      cache: DestinationCache(
        configuration: DestinationCache.Configuration(timeToLive: .seconds(300), maximumEntryCount: 100),
        executor: executor,
        now: { clock.now }
      ),
      metrics: authorizationMetrics,
      logger: logger,
      now: { clock.now },
      fetch: { user, logger throws(FetchFailure) in try await fetcher.fetchDestinations(for: user, logger: logger) }
    )
  }

  func check(_ username: ExactString = "alice", _ destination: ExactString = "CIP") async -> AuthorizationReply {
    await checker.checkAccess(AuthorizationRequest(username: username, identifier: ["destination": destination]))
  }
}

extension Harness {
  /// What was logged, one line a record: level, event name, the other attributes in alphabetical order.
  var logLines: [String] {
    logs.entries.map { entry in
      let attributes = entry.metadata.filter { $0.key != "event_name" }.map { "\($0.key)=\($0.value)" }.sorted()
      return (["\(entry.level)", "\(entry.metadata["event_name"] ?? "")"] + attributes).joined(separator: " ")
    }
  }
}

/// A clock that moves one millisecond whenever it is read, so that durations are known.
final class ManualClock: Sendable {
  private let milliseconds = Atomic<Int>(0)

  var now: Duration { .milliseconds(milliseconds.add(1, ordering: .relaxed).newValue) }
}
