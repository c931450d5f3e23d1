import Authorization
import CoalescingCache
import EventLoop
import Logging
import Observability
import RabbitMQClient
import StrictJSON

@testable import AuthorizationWorker

/// A handler on a loop of its own, with a fetch that the test decides about and metrics that it can read.
final class Harness: Sendable {
  let loop: EventLoop
  let handler: RequestHandler
  let checker: AuthorizationChecker
  let metrics: PrometheusMetricsFactory
  private let workerMetrics: WorkerMetrics
  private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  /// What the handler's clock shows, since 1970-01-01 UTC.
  static let now = Duration.seconds(1_800_000_000)

  init(
    maximumWaiterCount: Int = .max,
    settings: RequestHandler.Settings = RequestHandler.Settings(),
    fetch: @escaping AuthorizationChecker.Fetch = Harness.list("CIP", "FOO")
  ) throws {
    loop = try EventLoop(name: "test")
    metrics = PrometheusMetricsFactory(descriptions: MetricDescription.workerMetrics)
    let start = ContinuousClock.now
    let now: @Sendable () -> Duration = { start.duration(to: .now) }
    workerMetrics = WorkerMetrics(factory: metrics, version: "test")
    checker = AuthorizationChecker(
      matchKey: "destination",
      adminRoles: ["ecmwf": ["admin"]],
      cache: DestinationCache(
        configuration: DestinationCache.Configuration(
          timeToLive: .seconds(300),
          maximumEntryCount: 100,
          maximumWaiterCount: maximumWaiterCount
        ),
        executor: loop,
        now: now
      ),
      metrics: AuthorizationMetrics(factory: metrics, serverCount: 1),
      logger: logger,
      now: now,
      fetch: fetch
    )
    handler = RequestHandler(
      loop: loop,
      settings: settings,
      checker: checker,
      metrics: workerMetrics,
      logger: logger,
      wallClock: { Self.now }
    )
  }

  deinit {
    loop.shutdown()
  }

  /// Hands a delivery over and waits until it is done with.
  func handle(_ delivery: Delivery, receivedAt: Duration = Harness.now, on channel: FakeChannel) async {
    await withCheckedContinuation { end in
      Task { await handler.handle(delivery, receivedAt: receivedAt, on: channel) { end.resume() } }
    }
  }

  /// A session that hands its deliveries to the handler.
  func intake(
    on source: FakeChannel,
    prefetchCount: UInt16 = 10,
    deliveryLimit: Int = 5,
    brokerCountsLosses: Bool = true,
    patience: SessionIntake.Intake.Patience = .init(weak: .seconds(3600), strong: .seconds(3600))
  ) -> SessionIntake {
    SessionIntake(
      loop: loop,
      settings: SessionIntake.Settings(
        requestQueue: "aviso.ecpds.requests",
        prefetchCount: prefetchCount,
        deliveryLimit: deliveryLimit,
        brokerCountsLosses: brokerCountsLosses,
        patience: patience
      ),
      source: source,
      handler: handler,
      metrics: workerMetrics,
      logger: logger
    )
  }

  /// The value of a metric, by its name and labels as Prometheus shows them.
  func metric(_ series: String) -> String? {
    metrics.exposition().split(separator: "\n").first { $0.hasPrefix(series + " ") }?.split(separator: " ").last.map(String.init)
  }

  static func list(_ names: ExactString...) -> AuthorizationChecker.Fetch {
    { _, _ throws(FetchFailure) in FetchedDestinations(destinations: DestinationSet(names), outcome: .success) }
  }
}

extension Delivery {
  static let validBody = #"{"username":"alice","identifier":{"destination":"CIP"},"request_id":"r-1"}"#

  /// A valid request, but for what a test changes.
  static func request(
    _ body: String = validBody,
    tag: UInt64 = 7,
    isRedelivered: Bool = false,
    change: (inout MessageProperties) -> Void = { _ in }
  ) -> Delivery {
    var properties = MessageProperties(contentType: "application/json", correlationID: "c-1", replyTo: "replies")
    change(&properties)
    return Delivery(
      tag: DeliveryTag(tag),
      isRedelivered: isRedelivered,
      routingKey: "aviso.ecpds.requests",
      properties: properties,
      body: Array(body.utf8)
    )
  }
}

extension OutgoingMessage {
  var text: String { String(decoding: body, as: UTF8.self) }
}
