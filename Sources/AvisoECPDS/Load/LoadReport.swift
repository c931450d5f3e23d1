import Authorization
import AuthorizationClient
import Histogram
import StrictJSON

/// What became of every request of a load run.
struct LoadReport {
  private(set) var decisions: [Decision: Int] = [:]
  private(set) var cacheOutcomes: [ReplyCacheOutcome: Int] = [:]
  /// Requests without a reply, by what happened instead.
  private(set) var failures: [String: Int] = [:]
  /// Microseconds from the request to its reply.
  private var latencies = Histogram<UInt32>(highestTrackableValue: 3_600_000_000, numberOfSignificantValueDigits: .three)
  /// Replies that nothing waited for any more.
  var unexpectedReplyCount = 0
  var duration = Duration.zero

  private static let percentiles = [50.0, 90, 99, 99.9, 100]

  mutating func add(_ result: Result<AuthorizationReply, AuthorizationClientError>, latency: Duration) {
    switch result {
    case .success(let reply):
      decisions[reply.decision, default: 0] += 1
      cacheOutcomes[reply.cacheOutcome, default: 0] += 1
      latencies.record(UInt64(max(0, latency / .microseconds(1))))
    case .failure(let error): failures[error.code.rawValue, default: 0] += 1
    }
  }

  var answeredCount: Int { decisions.values.reduce(0, +) }

  /// Every request was answered exactly once.
  var isFaultless: Bool { failures.isEmpty && unexpectedReplyCount == 0 }

  private var perSecond: Double { Double(answeredCount) / max(duration / .seconds(1), .leastNonzeroMagnitude) }

  var text: String {
    func list(_ counts: [(String, Int)]) -> String {
      counts.filter { $0.1 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    }
    let latency = Self.percentiles.map { "p\(Self.name($0)) \(Double(latencies.valueAtPercentile($0)) / 1000)" }
    var lines = [
      "answered \(answeredCount) in \(Self.rounded(duration / .seconds(1))) s, \(Int(perSecond)) a second",
      "decisions: " + list(Decision.allCases.map { ($0.rawValue, decisions[$0] ?? 0) }),
      "cache: " + list(ReplyCacheOutcome.allCases.map { ($0.rawValue, cacheOutcomes[$0] ?? 0) }),
      "latency in ms: " + latency.joined(separator: ", "),
    ]
    lines.append(
      "without a reply: " + (failures.isEmpty ? "0" : list(failures.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }))
    )
    lines.append("answered again: \(unexpectedReplyCount)")
    return lines.joined(separator: "\n")
  }

  var json: String {
    var writer = JSONWriter()
    writer.writeObject { writer in
      writer.writeName("answered")
      writer.write(answeredCount)
      writer.writeName("seconds")
      writer.write(duration / .seconds(1))
      writer.writeName("decisions")
      writer.writeObject { writer in
        for decision in Decision.allCases {
          writer.writeName(decision.rawValue)
          writer.write(decisions[decision] ?? 0)
        }
      }
      writer.writeName("cache_outcomes")
      writer.writeObject { writer in
        for outcome in ReplyCacheOutcome.allCases {
          writer.writeName(outcome.rawValue)
          writer.write(cacheOutcomes[outcome] ?? 0)
        }
      }
      writer.writeName("latency_microseconds")
      writer.writeObject { writer in
        for percentile in Self.percentiles {
          writer.writeName("p\(Self.name(percentile))")
          writer.write(latencies.valueAtPercentile(percentile))
        }
      }
      writer.writeName("failures")
      writer.writeObject { writer in
        for (code, count) in failures.sorted(by: { $0.key < $1.key }) {
          writer.writeName(code)
          writer.write(count)
        }
      }
      writer.writeName("answered_again")
      writer.write(unexpectedReplyCount)
    }
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  private static func name(_ percentile: Double) -> String {
    percentile == percentile.rounded() ? String(Int(percentile)) : String(percentile)
  }

  private static func rounded(_ seconds: Double) -> Double { (seconds * 100).rounded() / 100 }
}
