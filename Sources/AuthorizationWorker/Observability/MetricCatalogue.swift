import Observability

extension MetricDescription {
  /// Every metric that a worker exposes beside the process metrics, as `/metrics` and the README describe them.
  static let workerMetrics: [MetricDescription] = [
    counter("aviso_ecpds_cache_hits_total", "Lookups of a user's destination list that found it in the cache"),
    counter("aviso_ecpds_cache_misses_total", "Lookups of a user's destination list that did not find it in the cache"),
    gauge("aviso_ecpds_cache_size", "Users whose destination list is in the cache"),
    counter("aviso_ecpds_access_decisions_total", "Decisions by outcome; error: the request was invalid"),
    counter("aviso_ecpds_unavailable_total", "Requests answered unavailable, by reason"),
    counter("aviso_ecpds_fetch_total", "Fetches from all ECPDS servers by their worst outcome"),
    counter("aviso_ecpds_requests_total", "Requests taken from the queue"),
    counter("aviso_ecpds_requests_rejected_total", "Requests set aside by reason; each is in the dead-letter queue"),
    counter("aviso_ecpds_requests_redelivered_total", "Requests that the broker had delivered before"),
    gauge("aviso_ecpds_requests_in_flight", "Requests taken from the queue and not yet done with"),
    gauge("aviso_ecpds_requests_waiting", "Requests that wait for a list that is being fetched"),
    histogram(
      "aviso_ecpds_check_duration_seconds",
      "Time from a decoded request to its decision",
      [0.000_01, 0.000_05, 0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30]
    ),
    histogram(
      "aviso_ecpds_fetch_duration_seconds",
      "Time one ECPDS server took to answer",
      [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
    ),
    counter("aviso_ecpds_replies_total", "Replies by what the broker said of them"),
    gauge("aviso_ecpds_amqp_connected", "1 while requests are consumed"),
    counter("aviso_ecpds_amqp_reconnects_total", "Connections made after one was lost"),
    gauge("aviso_ecpds_build_info", "1, labelled with the version"),
  ]

  private static func counter(_ name: String, _ help: String) -> MetricDescription {
    MetricDescription(name: name, help: help, kind: .counter)
  }

  private static func gauge(_ name: String, _ help: String) -> MetricDescription {
    MetricDescription(name: name, help: help, kind: .gauge)
  }

  private static func histogram(_ name: String, _ help: String, _ buckets: [Double]) -> MetricDescription {
    MetricDescription(name: name, help: help, kind: .histogram, buckets: buckets)
  }
}
