import Authorization
import StrictJSON
import Testing

@testable import LoadGenerator

@Suite("Report")
struct ReportTests {
  private func report(_ change: (inout LoadReport) -> Void = { _ in }) -> LoadReport {
    var ledger = Ledger(timeout: .seconds(1), rule: .fromPublication)
    var tally = AnswerTally()
    for number in 0..<1500 {
      _ = ledger.open(start: .zero, at: .zero)
      _ = ledger.answer(number, isRedelivered: false)
      tally.add(
        AuthorizationReply(reason: number < 1000 ? .destinationInList : .destinationNotInList, message: "", cacheOutcome: .hit),
        latency: .microseconds(number + 1)
      )
    }
    var report = LoadReport(
      counts: ledger.counts,
      tally: tally,
      ending: .completed,
      requestCount: 1500,
      reconnectCount: 0,
      lostReplyQueueCount: 0,
      duration: .seconds(3),
      seed: 42,
      pace: .window(200),
      isVerified: true,
      examples: []
    )
    change(&report)
    return report
  }

  /// The numbers of a report's JSON by their names, those in objects as `object.name`.
  private func numbers(_ json: String) throws -> [String: Double] {
    var numbers: [String: Double] = [:]
    var reader = JSONReader(Array(json.utf8))
    try reader.readObject { name, reader throws(JSONError) in
      switch try reader.peekKind() {
      case .number: numbers[name.string] = try reader.readDouble()
      case .object:
        try reader.readObject { inner, reader throws(JSONError) in numbers["\(name).\(inner)"] = try reader.readDouble() }
      default: try reader.skipValue()
      }
    }
    try reader.finish()
    return numbers
  }

  @Test("the JSON has every number under the name that scripts rely on")
  func json() throws {
    let numbers = try numbers(report().json)
    #expect(numbers["requests"] == 1500)
    #expect(numbers["answered_once"] == 1500)
    for name in [
      "answered_again", "returned", "refused", "timed_out", "disconnected", "lost", "abandoned", "duplicate_answers",
      "redelivered_answers", "late_answers", "unexpected_answers", "resent", "resent_answered_again", "reconnects",
      "reply_queue_lost", "wrong_allow", "wrong_deny", "wrong_other",
    ] {
      #expect(numbers[name] == 0, "\(name)")
    }
    #expect(numbers["decisions.allow"] == 1000)
    #expect(numbers["decisions.deny"] == 500)
    #expect(numbers["decisions.unavailable"] == 0)
    for reason in Reason.allCases {
      #expect(
        numbers["reasons.\(reason.rawValue)"] == [.destinationInList: 1000, .destinationNotInList: 500][reason, default: 0]
      )
    }
    #expect(numbers["reasons.unknown"] == 0)
    for outcome in ReplyCacheOutcome.allCases {
      #expect(numbers["cache_outcomes.\(outcome.rawValue)"] == (outcome == .hit ? 1500 : 0))
    }
    #expect(numbers["latency_microseconds.p50"] == 750)
    #expect(numbers["latency_microseconds.p90"] == 1350)
    #expect(numbers["latency_microseconds.p99"] == 1485)
    #expect(numbers["latency_microseconds.p99.9"] == 1499)
    #expect(numbers["latency_microseconds.p99.99"] == 1500)
    #expect(numbers["latency_microseconds.max"] == 1500)
    #expect(try #require(numbers["latency_microseconds.mean"]).rounded() == 750 || numbers["latency_microseconds.mean"] == 750.5)
    #expect(numbers["seconds"] == 3)
    #expect(numbers["per_second"] == 500)
    #expect(numbers["seed"] == 42)
  }

  @Test("the JSON says how the run ended, whether it was verified, and what latencies are measured from")
  func jsonWords() {
    #expect(report().json.contains(#""verified":true"#))
    #expect(report().json.contains(#""latency_from":"send""#))
    #expect(report { $0.pace = .rate(perSecond: 1, maximumOutstanding: 1) }.json.contains(#""latency_from":"intended_send""#))
    for ending in ["completed", "interrupted", "disconnected"] {
      #expect(report { $0.ending = .init(rawValue: ending) ?? .completed }.json.contains(#""ended":"\#(ending)""#))
    }
  }

  @Test("a run without an answer has a report too")
  func nothing() throws {
    let empty = report {
      $0.counts = LedgerCounts()
      $0.tally = AnswerTally()
      $0.duration = .zero
    }
    let numbers = try numbers(empty.json)
    #expect(numbers["per_second"] == 0)
    #expect(numbers["latency_microseconds.max"] == 0)
    #expect(numbers["latency_microseconds.mean"] == 0)
    #expect(empty.text.contains("latency     none"))
  }

  @Test("every fate but one, a wrong answer, an answer to no request, and a broker that was lost are faults")
  func faults() {
    func isFaultless(_ change: (inout LoadReport) -> Void) -> Bool { report(change).isFaultless }
    #expect(isFaultless { _ in })
    #expect(isFaultless { $0.ending = .interrupted })
    #expect(isFaultless { $0.tally.add(Verdict.unavailable) })
    #expect(isFaultless { $0.ending = .disconnected } == false)
    for fate in Fate.allCases where fate != .answeredOnce { #expect(isFaultless { $0.counts[fate] = 1 } == false, "\(fate)") }
    for verdict in [Verdict.wrongAllow, .wrongDeny, .wrongOther] { #expect(isFaultless { $0.tally.add(verdict) } == false) }
    #expect(isFaultless { $0.counts.unexpectedAnswers = 1 } == false)
  }

  @Test("the text is lines for people, with what is not zero")
  func text() {
    #expect(
      report().text == """
        requests    1,500 in 3 s, 500 answered a second; closed loop, 200 under way; seed 42
        answered    1,500 once, 0 again
        no answer   0
        decisions   allow 1,000, deny 500
        reasons     destination_in_list 1,000, destination_not_in_list 500
        cache       hit 1,500
        wrong       0
        latency     p50 0.75  p90 1.35  p99 1.49  p99.9 1.5  p99.99 1.5  max 1.5  mean 0.75 ms
        measured    from each send: service times, without the wait for a place in the window (see --rate)
        """
    )
  }

  @Test("the text says what went wrong, with requests to look for")
  func faultyText() {
    let text = report {
      $0.counts[.answeredAgain] = 2
      $0.counts.resent = 3
      $0.counts.resentAnsweredAgain = 1
      $0.counts[.lost] = 4
      $0.counts[.timedOut] = 5
      $0.tally.add(Verdict.wrongAllow)
      $0.reconnectCount = 6
      $0.ending = .interrupted
      $0.examples = [.init(requestName: "load-1-7", username: "alice", identifier: "destination=CIP", fault: "lost")]
    }.text
    for line in [
      "answered    1,500 once, 2 again (1 of them published again)", "no answer   timed out 5, lost 4",
      "ended       when it was interrupted", "also        reconnects 6, published again 3", "wrong       allowed 1",
      "fault       lost: load-1-7, user alice, destination=CIP",
    ] {
      #expect(text.split(separator: "\n").contains { $0 == line }, "\(line)")
    }
  }

  @Test("a progress line fits a terminal")
  func progress() {
    var progress = LoadProgress(
      sentCount: 1_234_567,
      answeredCount: 1_234_500,
      answersPerSecond: 39_990.7,
      outstandingCount: 67,
      p99Microseconds: 4521,
      failureCount: 0,
      disconnectedFor: nil
    )
    #expect(progress.line == "sent 1,234,567  answered 1,234,500  39,990 a second  under way 67  p99 4.52 ms  failures 0")
    progress.p99Microseconds = nil
    progress.disconnectedFor = .seconds(12.7)
    #expect(progress.line.hasSuffix("p99 -  failures 0  no broker for 12 s"))
  }

  @Test("a p99 is that of the interval, and the report's that of the run")
  func intervals() {
    var tally = AnswerTally()
    let reply = AuthorizationReply(reason: .destinationInList, message: "")
    tally.add(reply, latency: .milliseconds(500))
    #expect(tally.intervalP99.map { $0 / 1000 } == 500)
    tally.startInterval()
    #expect(tally.intervalP99 == nil)
    tally.add(reply, latency: .milliseconds(1))
    #expect(tally.intervalP99 == 1000)
    #expect(tally.latencyPercentiles.last?.microseconds == 500_000)
  }

  @Test("a latency beyond any sense is recorded as the longest there is")
  func longLatency() {
    var tally = AnswerTally()
    tally.add(AuthorizationReply(reason: .destinationInList, message: ""), latency: .seconds(1_000_000))
    let day: UInt64 = 24 * 3_600_000_000
    #expect(tally.latencyPercentiles.last?.microseconds == day)
  }

  @Test("of each kind of fault the first five requests are kept")
  func examples() {
    var list = ExampleList()
    let question = Question(username: "u", key: "k", value: "v", expectedReason: nil)
    for number in 0..<8 {
      list.add(LoadReport.Fault(.lost), requestName: "lost-\(number)", question)
      list.add(LoadReport.Fault(.timedOut), requestName: "late-\(number)", question)
    }
    #expect(list.examples.filter { $0.fault == "lost" }.map(\.requestName) == (0..<5).map { "lost-\($0)" })
    #expect(list.examples.count == 10)
  }
}
