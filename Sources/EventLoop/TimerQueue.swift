import HeapModule

/// Names one timer of one loop.
public struct TimerID: Hashable, Sendable {
  let value: UInt64
}

/// Timers by deadline; those with the same deadline fire in the order they were set.
struct TimerQueue {
  private struct Entry: Comparable {
    let deadline: ContinuousClock.Instant
    let timer: TimerID

    static func < (left: Entry, right: Entry) -> Bool {
      (left.deadline, left.timer.value) < (right.deadline, right.timer.value)
    }
  }

  private var heap = Heap<Entry>()
  /// A cancelled timer is gone from here and stays in the heap until it comes up or the heap is swept.
  private var bodies: [TimerID: () -> Void] = [:]
  private var lastTimer: UInt64 = 0

  mutating func insert(deadline: ContinuousClock.Instant, body: @escaping () -> Void) -> TimerID {
    lastTimer += 1
    let timer = TimerID(value: lastTimer)
    bodies[timer] = body
    heap.insert(Entry(deadline: deadline, timer: timer))
    return timer
  }

  mutating func remove(_ timer: TimerID) {
    guard bodies.removeValue(forKey: timer) != nil, heap.count > 64, heap.count > 2 * bodies.count else { return }
    heap = Heap(heap.unordered.filter { bodies[$0.timer] != nil })
  }

  var nextDeadline: ContinuousClock.Instant? {
    mutating get {
      dropCancelled()
      return heap.min?.deadline
    }
  }

  /// Removes the first timer whose deadline is not after `now` and returns what it is to do.
  mutating func popDue(at now: ContinuousClock.Instant) -> (() -> Void)? {
    dropCancelled()
    guard let first = heap.min, first.deadline <= now else { return nil }
    heap.removeMin()
    return bodies.removeValue(forKey: first.timer)
  }

  private mutating func dropCancelled() {
    while let first = heap.min, bodies[first.timer] == nil { heap.removeMin() }
  }
}
