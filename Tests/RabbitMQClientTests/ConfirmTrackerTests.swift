import Testing

@testable import RabbitMQClient

@Suite("Publisher confirms")
struct ConfirmTrackerTests {
  private func tracker(_ waiters: String...) -> ConfirmTracker<String> {
    var tracker = ConfirmTracker<String>()
    for waiter in waiters { tracker.append(waiter) }
    return tracker
  }

  @Test("numbers begin at one and go on after confirms")
  func numbers() {
    var tracker = tracker()
    #expect(tracker.nextNumber == 1)
    tracker.append("a")
    tracker.append("b")
    _ = tracker.settle(1, isMultiple: false, isPositive: true)
    #expect(tracker.nextNumber == 3)
  }

  @Test("a confirm settles its own message alone")
  func settlesOne() {
    var tracker = tracker("a", "b", "c")
    #expect(tracker.settle(2, isMultiple: false, isPositive: true).map(\.0) == ["b"])
    #expect(tracker.removeAll() == ["a", "c"])
  }

  @Test("a multiple confirm settles all up to its number, in order, and none twice")
  func settlesMultiple() {
    var tracker = tracker("a", "b", "c", "d")
    _ = tracker.settle(2, isMultiple: false, isPositive: true)
    #expect(tracker.settle(3, isMultiple: true, isPositive: true).map(\.0) == ["a", "c"])
    #expect(tracker.removeAll() == ["d"])
  }

  @Test("a negative confirm says nacked")
  func nacks() {
    var tracker = tracker("a")
    #expect(tracker.settle(1, isMultiple: false, isPositive: false).map(\.1) == [.nacked])
  }

  @Test("a message that was returned is settled as returned, and its neighbours are not")
  func returns() {
    var tracker = tracker("a", "b", "c")
    tracker.markReturned(2, reason: "312 NO_ROUTE")
    #expect(
      tracker.settle(3, isMultiple: true, isPositive: true).map(\.1) == [
        .confirmed, .returned(reason: "312 NO_ROUTE"), .confirmed,
      ]
    )
  }

  @Test("a number that is not outstanding settles nothing")
  func ignoresStrangers() {
    var tracker = tracker("a")
    #expect(tracker.settle(0, isMultiple: true, isPositive: true).isEmpty)
    #expect(tracker.settle(2, isMultiple: true, isPositive: true).isEmpty)
    _ = tracker.settle(1, isMultiple: false, isPositive: true)
    #expect(tracker.settle(1, isMultiple: false, isPositive: true).isEmpty)
  }
}
