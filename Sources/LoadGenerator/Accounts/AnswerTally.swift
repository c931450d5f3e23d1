public import Authorization
import Histogram

/// What the answers of a run were, and how long they took.
public struct AnswerTally: Sendable {
  /// Of each request's first answer.
  public private(set) var decisions: [Decision: Int] = [:]
  public private(set) var reasons: [Reason: Int] = [:]
  /// First answers without a reason that is known here.
  public private(set) var unknownReasons = 0
  public private(set) var cacheOutcomes: [ReplyCacheOutcome: Int] = [:]
  /// Of every answer, the second and the late ones too.
  public private(set) var wrongAllow = 0
  public private(set) var wrongDeny = 0
  public private(set) var wrongOther = 0
  /// Microseconds until each request's first answer.
  private var latencies = Self.makeHistogram()
  /// The same since `startInterval` was called last.
  private var intervalLatencies = Self.makeHistogram()

  private static let maximumMicroseconds: UInt64 = 24 * 3_600_000_000

  private static func makeHistogram() -> Histogram<UInt64> {
    Histogram(highestTrackableValue: maximumMicroseconds, numberOfSignificantValueDigits: .three)
  }

  private static let percentiles = [("p50", 50.0), ("p90", 90), ("p99", 99), ("p99.9", 99.9), ("p99.99", 99.99), ("max", 100)]

  /// Latencies in microseconds, by the names that they have in a report.
  var latencyPercentiles: [(name: String, microseconds: UInt64)] {
    Self.percentiles.map { ($0.0, latencies.valueAtPercentile($0.1)) }
  }

  var meanMicroseconds: Double { latencies.mean }

  /// Of the answers since `startInterval` was called last; nil where there were none.
  var intervalP99: UInt64? {
    intervalLatencies.totalCount == 0 ? nil : intervalLatencies.valueAtPercentile(99)
  }

  /// Answers that are not what they must be.
  public var wrong: Int { wrongAllow + wrongDeny + wrongOther }

  mutating func add(_ reply: AuthorizationReply, latency: Duration) {
    decisions[reply.decision, default: 0] += 1
    cacheOutcomes[reply.cacheOutcome, default: 0] += 1
    if let reason = reply.reason { reasons[reason, default: 0] += 1 } else { unknownReasons += 1 }
    let (seconds, attoseconds) = latency.components
    let microseconds = UInt64(clamping: seconds * 1_000_000 + attoseconds / 1_000_000_000_000)
    latencies.record(min(microseconds, Self.maximumMicroseconds))
    intervalLatencies.record(min(microseconds, Self.maximumMicroseconds))
  }

  mutating func add(_ verdict: Verdict) {
    switch verdict {
    case .right, .unavailable: break
    case .wrongAllow: wrongAllow += 1
    case .wrongDeny: wrongDeny += 1
    case .wrongOther: wrongOther += 1
    }
  }

  mutating func startInterval() {
    intervalLatencies.reset()
  }
}
