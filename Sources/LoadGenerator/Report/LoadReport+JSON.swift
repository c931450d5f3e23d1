import Authorization
import StrictJSON

extension LoadReport {
  /// One JSON object, in one line. Every key is always there; keys may be added, but none renamed.
  public var json: String {
    var writer = JSONWriter(reservingCapacity: 2048)
    writer.writeObject { writer in
      writeFates(&writer)
      writeAnswers(&writer)
      writeLatency(&writer)
      writeRun(&writer)
      writeExamples(&writer)
    }
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  private func writeFates(_ writer: inout JSONWriter) {
    writer.writeCount("requests", requestCount)
    for fate in Fate.allCases where fate != .pending { writer.writeCount(fate.rawValue, counts[fate]) }
    writer.writeCount("duplicate_answers", counts.duplicateAnswers)
    writer.writeCount("redelivered_answers", counts.redeliveredAnswers)
    writer.writeCount("late_answers", counts.lateAnswers)
    writer.writeCount("unexpected_answers", counts.unexpectedAnswers)
    writer.writeCount("resent", counts.resent)
    writer.writeCount("resent_answered_again", counts.resentAnsweredAgain)
    writer.writeCount("reconnects", reconnectCount)
    writer.writeCount("reply_queue_lost", lostReplyQueueCount)
  }

  private func writeAnswers(_ writer: inout JSONWriter) {
    writer.writeName("verified")
    writer.write(isVerified)
    writer.writeCount("wrong_allow", tally.wrongAllow)
    writer.writeCount("wrong_deny", tally.wrongDeny)
    writer.writeCount("wrong_other", tally.wrongOther)
    writer.writeCounts("decisions", Decision.allCases.map { ($0.rawValue, tally.decisions[$0] ?? 0) })
    writer.writeCounts(
      "reasons",
      Reason.allCases.map { ($0.rawValue, tally.reasons[$0] ?? 0) } + [("unknown", tally.unknownReasons)]
    )
    writer.writeCounts("cache_outcomes", ReplyCacheOutcome.allCases.map { ($0.rawValue, tally.cacheOutcomes[$0] ?? 0) })
  }

  private func writeLatency(_ writer: inout JSONWriter) {
    writer.writeName("latency_microseconds")
    writer.writeObject { writer in
      for (name, microseconds) in tally.latencyPercentiles {
        writer.writeName(name)
        writer.write(microseconds)
      }
      writer.writeName("mean")
      writer.write(tally.meanMicroseconds)
    }
    writer.writeMember("latency_from", pace.latencyStart)
  }

  private func writeRun(_ writer: inout JSONWriter) {
    writer.writeName("seconds")
    writer.write(duration / .seconds(1))
    writer.writeName("per_second")
    writer.write(answersPerSecond)
    writer.writeName("seed")
    writer.write(seed)
    writer.writeMember("ended", ending.rawValue)
  }

  private func writeExamples(_ writer: inout JSONWriter) {
    writer.writeName("examples")
    writer.writeArray { writer in
      for example in examples {
        writer.writeObject { writer in
          writer.writeMember("request_id", example.requestName)
          writer.writeMember("username", example.username)
          writer.writeMember("identifier", example.identifier)
          writer.writeMember("fault", example.fault)
        }
      }
    }
  }
}

extension LoadPace {
  /// What latencies are measured from, in the report's words.
  fileprivate var latencyStart: String {
    switch self {
    case .window: "send"
    case .rate: "intended_send"
    }
  }
}

extension JSONWriter {
  fileprivate mutating func writeCount(_ name: String, _ count: Int) {
    writeName(name)
    write(count)
  }

  fileprivate mutating func writeCounts(_ name: String, _ counts: [(String, Int)]) {
    writeName(name)
    writeObject { writer in
      for (name, count) in counts { writer.writeCount(name, count) }
    }
  }
}
