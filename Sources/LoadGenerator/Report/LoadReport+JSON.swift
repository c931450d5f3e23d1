import Authorization
import Histogram
import StrictJSON

extension LoadReport {
  /// One JSON object. The keys are stable: programs read them.
  public var json: String {
    var writer = JSONWriter()
    writer.writeObject { writer in
      func write(_ name: String, _ number: Int) {
        writer.writeName(name)
        writer.write(number)
      }
      write("requests", requestCount)
      for fate in Fate.allCases where fate != .pending { write(fate.rawValue, counts[fate]) }
      write("duplicate_answers", counts.duplicateAnswers)
      write("redelivered_answers", counts.redeliveredAnswers)
      write("late_answers", counts.lateAnswers)
      write("unexpected_answers", counts.unexpectedAnswers)
      write("resent", counts.resent)
      write("resent_answered_again", counts.resentAnsweredAgain)
      write("reconnects", reconnectCount)
      writer.writeName("judged")
      writer.write(isJudged)
      write("wrong_allow", tally.wrongAllow)
      write("wrong_deny", tally.wrongDeny)
      write("wrong_other", tally.wrongOther)
      func writeCounts<Key: RawRepresentable<String> & CaseIterable & Hashable>(_ name: String, _ counts: [Key: Int]) {
        writer.writeName(name)
        writer.writeObject { writer in
          for key in Key.allCases {
            writer.writeName(key.rawValue)
            writer.write(counts[key] ?? 0)
          }
        }
      }
      writeCounts("decisions", tally.decisions)
      writeCounts("reasons", tally.reasons)
      writeCounts("cache_outcomes", tally.cacheOutcomes)
      writer.writeName("latency_microseconds")
      writer.writeObject { writer in
        for percentile in Self.percentiles {
          writer.writeName("p\(Self.name(percentile))")
          writer.write(Int(latency(percentile: percentile)))
        }
        writer.writeName("max")
        writer.write(Int(tally.latencies.max))
        writer.writeName("mean")
        writer.write(tally.latencies.totalCount == 0 ? 0 : tally.latencies.mean)
      }
      writer.writeName("seconds")
      writer.write(duration / .seconds(1))
      writer.writeName("per_second")
      writer.write(perSecond)
      writer.writeName("seed")
      writer.write(String(seed))
    }
    return String(decoding: writer.bytes, as: UTF8.self)
  }
}
