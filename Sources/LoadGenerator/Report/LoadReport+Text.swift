import Authorization

extension LoadReport {
  /// Lines for people.
  public var text: String {
    var rows = [("requests", requestLine), ("answered", answerLine), ("no answer", list(unansweredCounts, ifNone: "0"))]
    if ending == .interrupted { rows.append(("ended", "when it was interrupted")) }
    if ending == .disconnected { rows.append(("ended", "because the broker was lost")) }
    let notes = list(noteCounts, ifNone: "")
    if !notes.isEmpty { rows.append(("also", notes)) }
    rows.append(("decisions", list(Decision.allCases.map { ($0.rawValue, tally.decisions[$0] ?? 0) }, ifNone: "none")))
    let reasons = Reason.allCases.map { ($0.rawValue, tally.reasons[$0] ?? 0) } + [("unknown", tally.unknownReasons)]
    rows.append(("reasons", list(reasons, ifNone: "none")))
    let cacheOutcomes = ReplyCacheOutcome.allCases.map { ($0.rawValue, tally.cacheOutcomes[$0] ?? 0) }
    rows.append(("cache", list(cacheOutcomes, ifNone: "none")))
    if isVerified {
      let counts = [("allowed", tally.wrongAllow), ("denied", tally.wrongDeny), ("otherwise", tally.wrongOther)]
      rows.append(("wrong", list(counts, ifNone: "0")))
    }
    rows.append(("latency", latencyLine))
    if counts.answered > 0 { rows.append(("measured", latencyStart)) }
    rows += examples.map { ("fault", "\($0.fault): \($0.requestName), user \($0.username), \($0.identifier)") }
    return rows.map { $0.padded(to: 12) + $1 }.joined(separator: "\n")
  }

  private var requestLine: String {
    let seconds = duration / .seconds(1)
    let loop =
      switch pace {
      case .window(let window): "closed loop, \(window.grouped) under way"
      case .rate(let perSecond, let maximum): "open loop, \(perSecond.shown) a second, at most \(maximum.grouped) under way"
      }
    return
      "\(requestCount.grouped) in \(seconds.shown) s, \(Int(answersPerSecond).grouped) answered a second; \(loop); seed \(seed)"
  }

  private var answerLine: String {
    let again = counts[.answeredAgain]
    let once = "\(counts[.answeredOnce].grouped) once"
    guard again > 0 else { return once + ", 0 again" }
    let resent = counts.resentAnsweredAgain > 0 ? " (\(counts.resentAnsweredAgain.grouped) of them published again)" : ""
    return once + ", \(again.grouped) again" + resent
  }

  private var unansweredCounts: [(String, Int)] {
    let names: [(Fate, String)] = [
      (.returned, "returned (no queue)"), (.refused, "refused"), (.timedOut, "timed out"), (.disconnected, "disconnected"),
      (.lost, "lost"), (.abandoned, "abandoned"),
    ]
    return names.map { ($0.1, counts[$0.0]) }
  }

  private var noteCounts: [(String, Int)] {
    [
      ("reconnects", reconnectCount), ("reply queue lost", lostReplyQueueCount),
      ("published again", counts.resent), ("redelivered answers", counts.redeliveredAnswers),
      ("late answers", counts.lateAnswers), ("answers to no request of this run", counts.unexpectedAnswers),
    ]
  }

  private var latencyLine: String {
    guard counts.answered > 0 else { return "none" }
    let values = tally.latencyPercentiles.map { "\($0.name) \($0.microseconds.milliseconds)" }
    let mean = "mean \(UInt64(tally.meanMicroseconds).milliseconds)"
    return (values + [mean]).joined(separator: "  ") + " ms"
  }

  private var latencyStart: String {
    switch pace {
    case .window: "from each send: service times, without the wait for a place in the window (see --rate)"
    case .rate: "from the time that each request was due"
    }
  }

  private func list(_ counts: [(String, Int)], ifNone none: String) -> String {
    let parts = counts.filter { $0.1 > 0 }.map { "\($0.0) \($0.1.grouped)" }
    return parts.isEmpty ? none : parts.joined(separator: ", ")
  }
}

extension String {
  fileprivate func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(1, width - count))
  }
}

extension Int {
  /// With commas between the thousands.
  var grouped: String {
    var digits = String(magnitude)
    var groups: [Substring] = []
    while digits.count > 3 {
      groups.insert(digits.suffix(3), at: 0)
      digits.removeLast(3)
    }
    return (self < 0 ? "-" : "") + ([digits[...]] + groups).joined(separator: ",")
  }
}

extension Double {
  /// With two decimals at most.
  fileprivate var shown: String {
    let rounded = (self * 100).rounded() / 100
    return rounded == rounded.rounded() && abs(rounded) < 1e15 ? Int(rounded).grouped : String(rounded)
  }
}

extension UInt64 {
  /// Microseconds as milliseconds, with three digits that matter.
  var milliseconds: String {
    let value = Double(self) / 1000
    let decimals: Double = value < 10 ? 100 : value < 100 ? 10 : 1
    let rounded = (value * decimals).rounded() / decimals
    return decimals == 1 ? Int(rounded).grouped : String(rounded)
  }
}
