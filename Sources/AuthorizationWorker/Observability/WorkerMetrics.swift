import Authorization
import CoreMetrics
import RabbitMQClient

/// The worker's own metrics (contract, section 8). All handles are made at once, so that every label value is there at zero.
struct WorkerMetrics: Sendable {
  private let requests: Counter
  private let redeliveredRequests: Counter
  private let rejectedRequests: [DeadLetterReason.Code: Counter]
  private let requestsInFlight: Meter
  private let confirmedReplies: Counter
  private let returnedReplies: Counter
  private let nackedReplies: Counter
  private let isConnected: Meter
  private let reconnects: Counter
  private let cacheSize: Meter
  private let requestsWaiting: Meter

  init(factory: any MetricsFactory, version: String) {
    requests = Counter(label: "aviso_ecpds_requests_total", factory: factory)
    redeliveredRequests = Counter(label: "aviso_ecpds_requests_redelivered_total", factory: factory)
    rejectedRequests = Dictionary(
      uniqueKeysWithValues: DeadLetterReason.Code.allCases.map {
        ($0, Counter(label: "aviso_ecpds_requests_rejected_total", dimensions: [("reason", $0.rawValue)], factory: factory))
      }
    )
    requestsInFlight = Meter(label: "aviso_ecpds_requests_in_flight", factory: factory)
    requestsWaiting = Meter(label: "aviso_ecpds_requests_waiting", factory: factory)
    func replies(_ outcome: String) -> Counter {
      Counter(label: "aviso_ecpds_replies_total", dimensions: [("outcome", outcome)], factory: factory)
    }
    confirmedReplies = replies("confirmed")
    returnedReplies = replies("returned")
    nackedReplies = replies("nacked")
    isConnected = Meter(label: "aviso_ecpds_amqp_connected", factory: factory)
    reconnects = Counter(label: "aviso_ecpds_amqp_reconnects_total", factory: factory)
    cacheSize = Meter(label: "aviso_ecpds_cache_size", factory: factory)
    Meter(label: "aviso_ecpds_build_info", dimensions: [("version", version)], factory: factory).set(1)
  }

  func recordRequest() { requests.increment() }

  func recordRedelivery() { redeliveredRequests.increment() }

  /// One that came and went without ever being in hand.
  func recordUnreadableRequest(isRedelivered: Bool) {
    recordRequest()
    if isRedelivered { recordRedelivery() }
    recordSetAside(.invalid(.propertiesUnreadable))
  }

  func recordInFlight(_ count: Int) { requestsInFlight.set(count) }

  func recordSetAside(_ reason: DeadLetterReason.Code) { rejectedRequests[reason]?.increment() }

  func recordReply(_ outcome: PublishOutcome) {
    switch outcome {
    case .confirmed: confirmedReplies.increment()
    case .returned: returnedReplies.increment()
    case .nacked: nackedReplies.increment()
    }
  }

  func recordConnected(_ isConnected: Bool) { self.isConnected.set(isConnected ? 1 : 0) }

  func recordReconnect() { reconnects.increment() }

  func recordCacheSize(_ count: Int) { cacheSize.set(count) }

  func recordWaiting(_ count: Int) { requestsWaiting.set(count) }
}
