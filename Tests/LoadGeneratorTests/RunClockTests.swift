import Synchronization
import Testing

@testable import LoadGenerator

@Suite("Run clock")
struct RunClockTests {
  private final class ManualTime: Sendable {
    private let seconds = Atomic(0)

    func pass(_ count: Int) { seconds.add(count, ordering: .relaxed) }

    var elapsed: Duration { .seconds(seconds.load(ordering: .relaxed)) }
  }

  @Test("time-outs stand still while there is no broker")
  func standsStill() {
    let time = ManualTime()
    var clock = RunClock { time.elapsed }
    time.pass(1)
    clock.noteDisconnected()
    time.pass(5)
    #expect(clock.connectedNow == .seconds(1))
    #expect(clock.disconnectedFor == .seconds(5))
    clock.noteConnected()
    time.pass(2)
    #expect(clock.connectedNow == .seconds(3))
    #expect(clock.disconnectedFor == nil)
  }

  @Test("connections that are lost before the broker has answered anything do not end the search for it")
  func search() {
    let time = ManualTime()
    var clock = RunClock { time.elapsed }
    for _ in 0..<3 {
      clock.noteDisconnected()
      time.pass(4)
      clock.noteConnected()
    }
    #expect(clock.searchedFor == .seconds(12))
    clock.noteSignOfLife()
    #expect(clock.searchedFor == .zero)
    clock.noteDisconnected()
    time.pass(1)
    #expect(clock.searchedFor == .seconds(1))
  }
}
