public import CoreMetrics

/// The decision's metrics. All handles are made at once, so that every label value is there at zero.
///
/// `aviso_ecpds_cache_size` is not among them: whoever serves the metrics reads ``AuthorizationChecker/cacheEntryCount``.
public struct AuthorizationMetrics: Sendable {
  private let cacheHits: Counter
  private let cacheMisses: Counter
  private let decisions: [DecisionLabel: Counter]
  private let unavailable: [Reason: Counter]
  private let fetches: [FetchOutcome: Counter]
  private let checkDurations: [ReplyCacheOutcome: Timer]
  /// By server index.
  private let fetchDurations: [[FetchOutcome: Timer]]

  /// Makes the handles.
  ///
  /// - Parameter serverCount: how many ECPDS servers are configured.
  public init(factory: any MetricsFactory, serverCount: Int) {
    cacheHits = Counter(label: "aviso_ecpds_cache_hits_total", factory: factory)
    cacheMisses = Counter(label: "aviso_ecpds_cache_misses_total", factory: factory)
    decisions = .forEachCase {
      Counter(label: "aviso_ecpds_access_decisions_total", dimensions: [("outcome", $0.rawValue)], factory: factory)
    }
    unavailable = Dictionary(
      uniqueKeysWithValues: Reason.allCases.filter { $0.decision == .unavailable }.map {
        ($0, Counter(label: "aviso_ecpds_unavailable_total", dimensions: [("reason", $0.rawValue)], factory: factory))
      }
    )
    fetches = .forEachCase {
      Counter(label: "aviso_ecpds_fetch_total", dimensions: [("outcome", $0.rawValue)], factory: factory)
    }
    checkDurations = .forEachCase {
      Timer(label: "aviso_ecpds_check_duration_seconds", dimensions: [("cache_outcome", $0.rawValue)], factory: factory)
    }
    fetchDurations = (0..<serverCount).map { index in
      .forEachCase {
        Timer(
          label: "aviso_ecpds_fetch_duration_seconds",
          dimensions: [("server_index", String(index)), ("outcome", $0.rawValue)],
          factory: factory
        )
      }
    }
  }

  /// Counts a decision. The checker counts its own; this is for those made without it.
  public func recordDecision(_ reason: Reason) {
    decisions[DecisionLabel(reason)]?.increment()
    unavailable[reason]?.increment()
  }

  func recordLookup(_ outcome: ReplyCacheOutcome) {
    (outcome == .hit ? cacheHits : cacheMisses).increment()
  }

  func recordCheck(_ reply: AuthorizationReply, duration: Duration) {
    if let reason = reply.reason {
      recordDecision(reason)
    }
    checkDurations[reply.cacheOutcome]?.recordNanoseconds(duration.nanoseconds)
  }

  func recordServer(_ report: ServerReport) {
    guard fetchDurations.indices.contains(report.server.index) else { return }
    fetchDurations[report.server.index][report.outcome]?.recordNanoseconds(report.duration.nanoseconds)
  }

  func recordFetch(_ outcome: FetchOutcome) {
    fetches[outcome]?.increment()
  }
}

/// The values of `aviso_ecpds_access_decisions_total`'s label.
private enum DecisionLabel: String, CaseIterable {
  case allow
  case denyDestination = "deny_destination"
  case denyMatchKeyMissing = "deny_match_key_missing"
  case unavailable
  case adminBypass = "admin_bypass"
  case error

  init(_ reason: Reason) {
    switch reason {
    case .destinationInList: self = .allow
    case .adminBypass: self = .adminBypass
    case .destinationNotInList: self = .denyDestination
    case .matchKeyMissing: self = .denyMatchKeyMissing
    case .invalidRequest: self = .error
    case .fetchFailed, .expired, .shuttingDown, .overloaded: self = .unavailable
    }
  }
}

extension Dictionary where Key: CaseIterable {
  fileprivate static func forEachCase(_ makeValue: (Key) -> Value) -> Self {
    Dictionary(uniqueKeysWithValues: Key.allCases.map { ($0, makeValue($0)) })
  }
}

extension Duration {
  fileprivate var nanoseconds: Int64 {
    components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
  }
}
