import Testing

@testable import LoadGenerator

@Suite("Ledger")
struct LedgerTests {
  private static func ledger(_ rule: Ledger.TimeoutRule = .fromPublication) -> Ledger {
    Ledger(timeout: .seconds(10), rule: rule)
  }

  @Test("a request that is answered has one fate, and a second answer makes it another, once")
  func answers() {
    var ledger = Self.ledger()
    let number = ledger.open(start: .seconds(1), at: .seconds(2))
    #expect(ledger.answer(number, isRedelivered: false) == .first(start: .seconds(1)))
    #expect(ledger.counts[.answeredOnce] == 1)
    #expect(ledger.answer(number, isRedelivered: false) == .again)
    #expect(ledger.answer(number, isRedelivered: false) == .again)
    #expect(ledger.counts[.answeredOnce] == 0 && ledger.counts[.answeredAgain] == 1)
    #expect(ledger.counts.duplicateAnswers == 2)
    #expect(ledger.counts.settled == 1 && ledger.outstandingCount == 0)
  }

  @Test("a copy that the broker delivers again is no second answer, and may be the first that is seen")
  func redelivered() {
    var ledger = Self.ledger()
    let number = ledger.open(start: .zero, at: .zero)
    #expect(ledger.answer(number, isRedelivered: true) == .first(start: .zero))
    #expect(ledger.answer(number, isRedelivered: true) == .redelivered)
    #expect(ledger.counts[.answeredOnce] == 1 && ledger.counts.duplicateAnswers == 0)
  }

  @Test("an answer to no request of the run is noticed", arguments: [-1, 0, 7])
  func unexpected(number: Int) {
    var ledger = Self.ledger()
    #expect(ledger.answer(number, isRedelivered: false) == .unexpected)
    #expect(ledger.counts.unexpectedAnswers == 1)
  }

  @Test("a request that is not answered in time has timed out, and an answer after that is late")
  func timesOut() {
    var ledger = Self.ledger()
    let number = ledger.open(start: .zero, at: .seconds(1))
    ledger.confirm(number, at: .seconds(5))
    #expect(ledger.expire(at: .seconds(10)) == [])
    #expect(ledger.expire(at: .seconds(11)) == [number])
    #expect(ledger.fate(of: number) == .timedOut)
    #expect(ledger.answer(number, isRedelivered: false) == .late)
    #expect(ledger.counts.settled == 1 && ledger.counts.failures == 1)
  }

  @Test("in a durable run what the broker has confirmed and nobody answers is lost; the time counts from the confirm")
  func lost() {
    var ledger = Self.ledger(.fromConfirm)
    let confirmed = ledger.open(start: .zero, at: .zero)
    let unconfirmed = ledger.open(start: .zero, at: .zero)
    ledger.confirm(confirmed, at: .seconds(9))
    #expect(ledger.expire(at: .seconds(18)) == [unconfirmed])
    #expect(ledger.expire(at: .seconds(19)) == [confirmed])
    #expect(ledger.fate(of: confirmed) == .lost)
    #expect(ledger.fate(of: unconfirmed) == .timedOut)
  }

  @Test("what is not confirmed when the connection ends is sent again; what is confirmed or answered is not")
  func resends() {
    var ledger = Self.ledger(.fromConfirm)
    let numbers = (0..<3).map { _ in ledger.open(start: .zero, at: .zero) }
    ledger.confirm(numbers[0], at: .zero)
    _ = ledger.answer(numbers[1], isRedelivered: false)
    #expect(ledger.unconfirmed == [numbers[2]])
    let reopened = [ledger.reopen(numbers[2], at: .seconds(5)), ledger.reopen(numbers[1], at: .seconds(5))]
    #expect(reopened == [true, false])
    #expect(ledger.counts.resent == 1)
    #expect(ledger.expire(at: .seconds(12)) == [numbers[0]])
    _ = ledger.answer(numbers[2], isRedelivered: false)
    _ = ledger.answer(numbers[2], isRedelivered: false)
    #expect(ledger.counts.resentAnsweredAgain == 1)
  }

  @Test("what the broker returns or refuses is closed, and what is outstanding at the end is given up; all adds up")
  func closes() {
    var ledger = Self.ledger()
    let numbers = (0..<5).map { _ in ledger.open(start: .zero, at: .zero) }
    ledger.close(numbers[0], as: .returned)
    ledger.close(numbers[0], as: .refused)
    ledger.close(numbers[1], as: .refused)
    _ = ledger.answer(numbers[2], isRedelivered: false)
    #expect(ledger.closeAll(as: .disconnected) == [numbers[3], numbers[4]])
    let counts = Fate.allCases.map { ledger.counts[$0] }
    #expect(counts == [0, 1, 0, 1, 1, 0, 2, 0, 0])
    #expect(ledger.counts.settled == numbers.count)
  }
}
