import Testing

@testable import LoadGenerator

@Suite("Pacer")
struct PacerTests {
  @Test("a closed loop keeps its window full and no more, and ends at its count")
  func window() {
    var pacer = Pacer(pace: .window(2), extent: .count(3))
    #expect(pacer.next(at: .seconds(1), outstandingCount: 0) == .seconds(1))
    #expect(pacer.next(at: .seconds(1), outstandingCount: 1) == .seconds(1))
    #expect(pacer.next(at: .seconds(9), outstandingCount: 2) == nil)
    #expect(pacer.nextDue(at: .seconds(9), outstandingCount: 2) == nil)
    #expect(pacer.next(at: .seconds(9), outstandingCount: 1) == .seconds(9))
    #expect(pacer.isDone(at: .seconds(9)))
    #expect(pacer.next(at: .seconds(9), outstandingCount: 0) == nil)
    #expect(pacer.sentCount == 3)
  }

  @Test("a closed loop with a duration sends until it is over")
  func windowForDuration() {
    var pacer = Pacer(pace: .window(1), extent: .duration(.seconds(2)))
    #expect(pacer.next(at: .seconds(1), outstandingCount: 0) != nil)
    #expect(pacer.next(at: .seconds(2), outstandingCount: 0) == nil)
  }

  @Test("an open loop sends at even intervals; what is sent late counts from when it was due")
  func rate() {
    var pacer = Pacer(pace: .rate(perSecond: 10, maximumOutstanding: 100), extent: .duration(.seconds(1)))
    #expect(pacer.next(at: .zero, outstandingCount: 0) == .zero)
    #expect(pacer.next(at: .milliseconds(99), outstandingCount: 0) == nil)
    #expect(pacer.nextDue(at: .milliseconds(99), outstandingCount: 0) == .milliseconds(100))
    // A stall of half a second.
    let late = (0..<5).map { pacer.next(at: .milliseconds(500), outstandingCount: $0) }
    #expect(late == (1...5).map { .milliseconds($0 * 100) })
    #expect(pacer.next(at: .milliseconds(500), outstandingCount: 5) == nil)
    for _ in 0..<4 { #expect(pacer.next(at: .seconds(60), outstandingCount: 0) != nil) }
    #expect(pacer.next(at: .seconds(60), outstandingCount: 0) == nil)
    #expect(pacer.sentCount == 10)
  }

  @Test("an open loop holds back what would be too much under way, and it is due all the same")
  func maximumOutstanding() {
    var pacer = Pacer(pace: .rate(perSecond: 10, maximumOutstanding: 1), extent: .count(5))
    #expect(pacer.next(at: .zero, outstandingCount: 0) == .zero)
    #expect(pacer.next(at: .seconds(1), outstandingCount: 1) == nil)
    #expect(pacer.nextDue(at: .seconds(1), outstandingCount: 1) == nil)
    #expect(pacer.next(at: .seconds(1), outstandingCount: 0) == .milliseconds(100))
  }

  @Test("a pacer that was stopped sends nothing more")
  func stopped() {
    var pacer = Pacer(pace: .window(5), extent: .count(5))
    pacer.stop()
    #expect(pacer.next(at: .zero, outstandingCount: 0) == nil)
    #expect(pacer.isDone(at: .zero))
  }
}
