import Testing

@testable import LoadGenerator

@Suite("Ledger")
struct LedgerTests {
  private func ledger(_ rule: Ledger.TimeoutRule = .fromPublication, requests: Int = 1) -> Ledger {
    var ledger = Ledger(timeout: .seconds(10), rule: rule)
    for number in 0..<requests {
      #expect(ledger.open(start: .milliseconds(number), at: .zero) == number)
    }
    return ledger
  }

  @Test("a request that is answered has the time that its latency counts from, and is no longer outstanding")
  func answered() {
    var ledger = ledger(requests: 2)
    #expect(ledger.outstandingCount == 2)
    #expect(ledger.answer(1, isRedelivered: false) == .first(start: .milliseconds(1)))
    #expect(ledger.outstandingCount == 1)
    #expect(ledger.counts[.answeredOnce] == 1)
    #expect(ledger.counts.failures == 0)
  }

  @Test("a request is answered again once, however often; each surplus answer is counted")
  func answeredAgain() {
    var ledger = ledger()
    _ = ledger.answer(0, isRedelivered: false)
    #expect(ledger.answer(0, isRedelivered: false) == .again)
    #expect(ledger.answer(0, isRedelivered: false) == .again)
    #expect(ledger.counts[.answeredOnce] == 0)
    #expect(ledger.counts[.answeredAgain] == 1)
    #expect(ledger.counts.duplicateAnswers == 2)
    #expect(ledger.counts.answered == 1)
    #expect(ledger.counts.failures == 1)
  }

  @Test("a redelivered copy of an answer that was accounted for is no second answer")
  func redelivered() {
    var ledger = ledger(.fromConfirm)
    _ = ledger.answer(0, isRedelivered: false)
    #expect(ledger.answer(0, isRedelivered: true) == .redelivered)
    #expect(ledger.counts[.answeredOnce] == 1)
    #expect(ledger.counts.redeliveredAnswers == 1)
    #expect(ledger.counts.duplicateAnswers == 0)
  }

  @Test("a redelivered answer that nobody has seen is the first")
  func redeliveredFirst() {
    var ledger = ledger(.fromConfirm)
    #expect(ledger.answer(0, isRedelivered: true) == .first(start: .zero))
    #expect(ledger.counts.redeliveredAnswers == 0)
  }

  @Test("an answer to no request is counted apart", arguments: [nil, -1, 1, 1_000_000])
  func unexpected(number: Int?) {
    var ledger = ledger()
    #expect(ledger.answer(number, isRedelivered: false) == .unexpected)
    #expect(ledger.counts.unexpectedAnswers == 1)
    #expect(ledger.outstandingCount == 1)
  }

  @Test("a request that the broker did not take has its fate at once", arguments: [Fate.returned, .refused])
  func notTaken(fate: Fate) {
    var ledger = ledger()
    ledger.close(0, as: fate)
    #expect(ledger.counts[fate] == 1)
    #expect(ledger.outstandingCount == 0)
    ledger.close(0, as: .refused)
    #expect(ledger.counts.settled == 1)
  }

  @Test("what is overdue times out, in its order, and not before")
  func timesOut() {
    var ledger = Ledger(timeout: .seconds(10), rule: .fromPublication)
    _ = ledger.open(start: .zero, at: .zero)
    _ = ledger.open(start: .zero, at: .seconds(1))
    _ = ledger.open(start: .zero, at: .seconds(2))
    _ = ledger.answer(1, isRedelivered: false)
    #expect(ledger.expire(at: .seconds(9.999)).isEmpty)
    #expect(ledger.expire(at: .seconds(10)) == [0])
    #expect(ledger.expire(at: .seconds(12)) == [2])
    #expect(ledger.counts[.timedOut] == 2)
    #expect(ledger.outstandingCount == 0)
  }

  @Test("an answer after the time-out is late, and changes no fate")
  func late() {
    var ledger = ledger()
    _ = ledger.expire(at: .seconds(10))
    #expect(ledger.answer(0, isRedelivered: false) == .late)
    #expect(ledger.counts.lateAnswers == 1)
    #expect(ledger.counts[.timedOut] == 1)
    #expect(ledger.counts.answered == 0)
  }

  @Test("a confirm changes nothing for a caller who waits from the publication")
  func confirmFromPublication() {
    var ledger = ledger()
    ledger.confirm(0, at: .seconds(9))
    #expect(ledger.expire(at: .seconds(10)) == [0])
    #expect(ledger.counts[.timedOut] == 1)
  }

  @Test("from its confirm on a request that is not answered in time is lost")
  func lost() {
    var ledger = ledger(.fromConfirm)
    ledger.confirm(0, at: .seconds(9))
    #expect(ledger.expire(at: .seconds(18)).isEmpty)
    #expect(ledger.expire(at: .seconds(19)) == [0])
    #expect(ledger.counts[.lost] == 1)
    #expect(ledger.fate(of: 0) == .lost)
  }

  @Test("what the broker never confirms is not lost but times out")
  func neverConfirmed() {
    var ledger = ledger(.fromConfirm)
    #expect(ledger.expire(at: .seconds(10)) == [0])
    #expect(ledger.counts[.timedOut] == 1)
    #expect(ledger.counts[.lost] == 0)
  }

  @Test("only what is neither confirmed nor answered is published again, and its time begins anew")
  func republishes() {
    var ledger = ledger(.fromConfirm, requests: 4)
    ledger.confirm(1, at: .seconds(1))
    _ = ledger.answer(2, isRedelivered: false)
    #expect(ledger.unconfirmed == [0, 3])
    #expect(ledger.reopen(0, at: .seconds(8)) == true)
    #expect(ledger.counts.resent == 1)
    #expect(ledger.expire(at: .seconds(10)) == [3])
    #expect(ledger.expire(at: .seconds(17.9)) == [1])
    #expect(ledger.expire(at: .seconds(18)) == [0])
  }

  @Test("of what was confirmed before the reply queue was lost nobody knows whether it was answered; later requests can be lost")
  func answersLost() {
    var ledger = ledger(.fromConfirm, requests: 2)
    ledger.confirm(0, at: .zero)
    ledger.noteAnswersLost()
    ledger.confirm(1, at: .zero)
    #expect(ledger.expire(at: .seconds(10)) == [0, 1])
    #expect(ledger.fate(of: 0) == .timedOut)
    #expect(ledger.fate(of: 1) == .lost)
  }

  @Test("an answer that comes though the reply queue was lost counts as any other")
  func answeredAfterAnswersLost() {
    var ledger = ledger(.fromConfirm)
    ledger.confirm(0, at: .zero)
    ledger.noteAnswersLost()
    #expect(ledger.answer(0, isRedelivered: false) == .first(start: .zero))
    #expect(ledger.counts.failures == 0)
  }

  @Test("what has its fate is not published again")
  func doesNotReopen() {
    var ledger = ledger(.fromConfirm)
    _ = ledger.answer(0, isRedelivered: false)
    #expect(ledger.reopen(0, at: .zero) == false)
    #expect(ledger.counts.resent == 0)
  }

  @Test("a second answer to a request that was published again is known for the run's own doing")
  func resentAnsweredAgain() {
    var ledger = ledger(.fromConfirm, requests: 2)
    _ = ledger.reopen(0, at: .zero)
    _ = ledger.reopen(0, at: .zero)
    for number in [0, 0, 1, 1] { _ = ledger.answer(number, isRedelivered: false) }
    #expect(ledger.counts.resent == 1)
    #expect(ledger.counts[.answeredAgain] == 2)
    #expect(ledger.counts.resentAnsweredAgain == 1)
  }

  @Test("what is given up has one fate, and nothing is outstanding", arguments: [Fate.disconnected, .abandoned])
  func closesAll(fate: Fate) {
    var ledger = ledger(requests: 3)
    _ = ledger.answer(1, isRedelivered: false)
    #expect(ledger.closeAll(as: fate) == [0, 2])
    #expect(ledger.counts[fate] == 2)
    #expect(ledger.outstandingCount == 0)
    #expect(ledger.expire(at: .seconds(100)).isEmpty)
  }

  @Test("whatever happens, the fates add up to what was sent", arguments: 0..<20)
  func addsUp(seed: Int) {
    var random = SeededGenerator(seed: UInt64(seed), requestNumber: 0)
    var ledger = Ledger(timeout: .seconds(10), rule: seed.isMultiple(of: 2) ? .fromConfirm : .fromPublication)
    var now = Duration.zero
    var sentCount = 0
    for _ in 0..<5000 {
      now += .milliseconds(random.next(below: 100))
      let number = random.next(below: sentCount + 1)
      switch random.next(below: 12) {
      case 0..<4:
        _ = ledger.open(start: now, at: now)
        sentCount += 1
      case 4..<6: _ = ledger.answer(number, isRedelivered: random.next(below: 2) == 0)
      case 6: ledger.confirm(number, at: now)
      case 7: ledger.close(number, as: random.next(below: 2) == 0 ? .returned : .refused)
      case 8: for number in ledger.unconfirmed { _ = ledger.reopen(number, at: now) }
      case 9: _ = ledger.expire(at: now)
      case 10 where random.next(below: 50) == 0: _ = ledger.closeAll(as: .disconnected)
      default: break
      }
      #expect(ledger.counts.settled + ledger.outstandingCount == sentCount)
    }
    _ = ledger.expire(at: now + .seconds(10))
    #expect(ledger.outstandingCount == 0)
    #expect(ledger.counts.settled == sentCount)
    #expect((0..<sentCount).allSatisfy { ledger.fate(of: $0) != .pending })
  }
}
