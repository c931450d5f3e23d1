import Testing

@testable import LoadGenerator

@Suite("Pacer")
struct PacerTests {
  /// Takes what may be sent now and returns the times that latencies count from.
  private func take(_ pacer: inout Pacer, at now: Duration, outstandingCount: Int = 0) -> [Duration] {
    var starts: [Duration] = []
    while let start = pacer.next(at: now, outstandingCount: outstandingCount + starts.count) { starts.append(start) }
    return starts
  }

  @Test("a closed loop fills its window, and sends one for each that is done with, up to the count")
  func closedLoop() {
    var pacer = Pacer(pace: .window(3), extent: .count(5))
    #expect(take(&pacer, at: .zero) == [.zero, .zero, .zero])
    #expect(!pacer.isDone(at: .zero))
    #expect(take(&pacer, at: .seconds(1), outstandingCount: 2) == [.seconds(1)])
    #expect(take(&pacer, at: .seconds(2), outstandingCount: 0) == [.seconds(2)])
    #expect(pacer.isDone(at: .seconds(2)))
    #expect(pacer.sentCount == 5)
  }

  @Test("a closed loop of a duration sends nothing from its end on")
  func closedLoopDuration() {
    var pacer = Pacer(pace: .window(1), extent: .duration(.seconds(10)))
    #expect(take(&pacer, at: .seconds(9.999)).count == 1)
    #expect(!pacer.isDone(at: .seconds(9.999)))
    #expect(take(&pacer, at: .seconds(10)).isEmpty)
    #expect(pacer.isDone(at: .seconds(10)))
  }

  @Test("in a closed loop only an answer, and never time, lets the next be sent")
  func closedLoopHasNoDueTime() {
    var pacer = Pacer(pace: .window(1), extent: .count(2))
    _ = take(&pacer, at: .zero)
    #expect(pacer.nextDue(at: .zero, outstandingCount: 1) == nil)
  }

  @Test("an open loop sends at even intervals from its start, whatever is under way")
  func openLoop() {
    var pacer = Pacer(pace: .rate(perSecond: 4, maximumOutstanding: 100), extent: .count(4))
    #expect(take(&pacer, at: .zero) == [.zero])
    #expect(pacer.nextDue(at: .zero, outstandingCount: 1) == .milliseconds(250))
    #expect(take(&pacer, at: .milliseconds(249), outstandingCount: 1).isEmpty)
    #expect(take(&pacer, at: .milliseconds(250), outstandingCount: 1) == [.milliseconds(250)])
    #expect(take(&pacer, at: .seconds(5), outstandingCount: 2) == [.milliseconds(500), .milliseconds(750)])
    #expect(pacer.isDone(at: .seconds(5)))
    #expect(pacer.nextDue(at: .seconds(5), outstandingCount: 0) == nil)
  }

  @Test("an open loop that is late does not drift: the latency of what it sends late counts from when it was due")
  func openLoopLate() {
    var pacer = Pacer(pace: .rate(perSecond: 1000, maximumOutstanding: 1000), extent: .count(100))
    let starts = take(&pacer, at: .milliseconds(50))
    #expect(starts == (0...50).map { .milliseconds($0) })
  }

  @Test(
    "an open loop has no more than its maximum under way; what was due meanwhile is sent when there is room, and not forgotten"
  )
  func openLoopBound() {
    var pacer = Pacer(pace: .rate(perSecond: 10, maximumOutstanding: 2), extent: .count(5))
    #expect(take(&pacer, at: .seconds(1)) == [.zero, .milliseconds(100)])
    #expect(pacer.nextDue(at: .seconds(1), outstandingCount: 2) == nil)
    #expect(take(&pacer, at: .seconds(30), outstandingCount: 1) == [.milliseconds(200)])
    #expect(take(&pacer, at: .seconds(60), outstandingCount: 0) == [.milliseconds(300), .milliseconds(400)])
    #expect(pacer.isDone(at: .seconds(60)))
  }

  @Test("an open loop of a duration sends all that is due within it, however late")
  func openLoopDuration() {
    var pacer = Pacer(pace: .rate(perSecond: 2.5, maximumOutstanding: 100), extent: .duration(.seconds(2)))
    let starts = take(&pacer, at: .seconds(100))
    #expect(starts == [0, 400, 800, 1200, 1600].map { .milliseconds($0) })
    #expect(pacer.isDone(at: .seconds(100)))
  }

  @Test("once stopped it sends nothing", arguments: [LoadPace.window(10), .rate(perSecond: 10, maximumOutstanding: 10)])
  func stop(pace: LoadPace) {
    var pacer = Pacer(pace: pace, extent: .count(100))
    pacer.stop()
    #expect(take(&pacer, at: .seconds(1)).isEmpty)
    #expect(pacer.isDone(at: .zero))
    #expect(pacer.nextDue(at: .zero, outstandingCount: 0) == nil)
  }
}
