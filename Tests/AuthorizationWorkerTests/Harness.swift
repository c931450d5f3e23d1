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
  let metrics: PrometheusMetricsFactory

  init(fetch: @escaping AuthorizationChecker.Fetch = Harness.list("CIP", "FOO")) throws {
    loop = try EventLoop(name: "test")
    metrics = PrometheusMetricsFactory(descriptions: MetricDescription.workerMetrics)
    let start = ContinuousClock.now
    let now: @Sendable () -> Duration = { start.duration(to: .now) }
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let checker = AuthorizationChecker(
      matchKey: "destination",
      adminRoles: ["ecmwf": ["admin"]],
      cache: DestinationCache(
        configuration: DestinationCache.Configuration(timeToLive: .seconds(300), maximumEntryCount: 100),
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
      checker: checker,
      metrics: WorkerMetrics(factory: metrics, version: "test"),
      logger: logger
    )
  }

  deinit {
    loop.shutdown()
  }

  /// Hands a delivery over and waits until it is done with.
  func handle(_ delivery: Delivery, on channel: FakeChannel) async {
    await handler.receive(delivery, on: channel)
    await handler.waitUntilIdle()
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
