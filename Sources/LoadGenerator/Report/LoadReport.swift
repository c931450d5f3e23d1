import Authorization
import Histogram

/// What became of every request of a run.
public struct LoadReport: Sendable {
  /// Requests sent; each has one fate.
  public let requestCount: Int
  public let counts: LedgerCounts
  public let tally: AnswerTally
  /// From the first request to the last fate, the time without a broker left out.
  public let duration: Duration
  public let seed: UInt64
  /// Connections made after one was lost.
  public let reconnectCount: Int
  /// Whether the answers were compared with what they must be.
  public let isJudged: Bool
  let pace: LoadPace

  static let percentiles = [50, 90, 99, 99.9, 99.99]

  /// Every request was answered exactly once and, where that is known, rightly.
  public var isFaultless: Bool {
    counts[.answeredOnce] == requestCount && tally.wrong == 0 && counts.unexpectedAnswers == 0
  }

  var perSecond: Double { Double(counts.answered) / max(duration / .seconds(1), .leastNonzeroMagnitude) }

  /// Microseconds.
  func latency(percentile: Double) -> UInt64 { tally.latencies.valueAtPercentile(percentile) }

  static func name(_ percentile: Double) -> String {
    percentile == percentile.rounded() ? String(Int(percentile)) : String(percentile)
  }
}
