import Authorization
import Histogram

extension LoadReport {
  /// For people: what is zero and need not be said is left out.
  public var text: String {
    var rows: [(name: String, value: String)] = [
      (
        "requests",
        "\(requestCount) in \(Self.rounded(duration / .seconds(1))) s, \(Int(perSecond)) answered a second, seed \(seed)"
      ),
      ("answered once", "\(counts[.answeredOnce])"),
      (
        "answered again",
        "\(counts[.answeredAgain])" + (counts.resentAnsweredAgain > 0 ? ", \(counts.resentAnsweredAgain) of them sent again" : "")
      ),
    ]
    for fate in Fate.allCases where ![.pending, .answeredOnce, .answeredAgain].contains(fate) && counts[fate] > 0 {
      rows.append((fate.rawValue.replacing("_", with: " "), "\(counts[fate])"))
    }
    if reconnectCount > 0 { rows.append(("reconnects", "\(reconnectCount), \(counts.resent) requests sent again")) }
    if counts.lateAnswers + counts.unexpectedAnswers > 0 {
      rows.append(("stray answers", "\(counts.lateAnswers) late, \(counts.unexpectedAnswers) to no request of the run"))
    }
    rows.append(("decisions", Self.list(tally.decisions)))
    rows.append(("reasons", Self.list(tally.reasons)))
    rows.append(("cache", Self.list(tally.cacheOutcomes)))
    if isJudged {
      rows.append(("wrong", "\(tally.wrong) (allow \(tally.wrongAllow), deny \(tally.wrongDeny), other \(tally.wrongOther))"))
    }
    let latencies = Self.percentiles.map { "p\(Self.name($0)) \(Self.milliseconds(latency(percentile: $0)))" }
    rows.append(
      ("latency in ms", (latencies + ["max \(Self.milliseconds(tally.latencies.max))"]).joined(separator: ", ") + meaning)
    )
    let width = rows.map(\.name.count).max() ?? 0
    return rows.map { $0.name + String(repeating: " ", count: width - $0.name.count + 2) + $0.value }.joined(separator: "\n")
  }

  /// What a latency counts from.
  private var meaning: String {
    switch pace {
    case .window: " (from the sending: a closed loop waits with the next while one is slow)"
    case .rate: " (from when each was due)"
    }
  }

  private static func list<Key: RawRepresentable<String> & CaseIterable & Hashable>(_ counts: [Key: Int]) -> String {
    let items = Key.allCases.compactMap { key in counts[key].map { "\(key.rawValue) \($0)" } }
    return items.isEmpty ? "none" : items.joined(separator: ", ")
  }

  static func milliseconds(_ microseconds: UInt64) -> Double { rounded(Double(microseconds) / 1000) }

  static func rounded(_ number: Double) -> Double { (number * 100).rounded() / 100 }
}

/// Where a run stands, for a line on a terminal.
public struct LoadProgress: Sendable, CustomStringConvertible {
  public let description: String

  init(_ report: LoadReport, outstandingCount: Int, _ tally: AnswerTally) {
    let interval = tally.intervalLatencies
    description =
      "sent \(report.requestCount), answered \(report.counts.answered) (\(interval.totalCount) in the last second), "
      + "under way \(outstandingCount), p99 \(LoadReport.milliseconds(interval.valueAtPercentile(99))) ms, "
      + "failed \(report.counts.failures), wrong \(tally.wrong)"
  }
}
