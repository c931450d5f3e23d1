internal import HeapModule

/// The best that any policy can do that knows the future: evicts what will not be asked for the longest, be it the new entry itself
/// (Belady's MIN).
enum ClairvoyantOptimum {
  static func hitCount(of trace: Trace, capacity: Int) -> Int {
    let nextRequests = nextRequests(in: trace)
    var cachedUntil = [Int](repeating: -1, count: trace.keys.count)
    // The entries by their next requests. What was asked for since stays in here, below all others, until it is noticed.
    var evictionOrder = Heap<Next>()
    var entryCount = 0
    var hitCount = 0
    for (time, request) in trace.requests.enumerated() {
      let key = Int(request)
      if cachedUntil[key] == time { hitCount += 1 } else { entryCount += 1 }
      cachedUntil[key] = nextRequests[time]
      evictionOrder.insert(Next(time: nextRequests[time], key: request))
      if entryCount > capacity, let last = evictionOrder.popMax() {
        cachedUntil[Int(last.key)] = -1
        entryCount -= 1
      }
    }
    return hitCount
  }

  private struct Next: Comparable {
    let time: Int
    let key: Int32

    static func < (left: Next, right: Next) -> Bool {
      (left.time, left.key) < (right.time, right.key)
    }
  }

  /// When the key of each request is asked for again: past the end, if never.
  private static func nextRequests(in trace: Trace) -> [Int] {
    var upcoming = [Int](repeating: .max, count: trace.keys.count)
    var nextRequests = trace.requests.map { _ in Int.max }
    for (time, request) in trace.requests.enumerated().reversed() {
      nextRequests[time] = upcoming[Int(request)]
      upcoming[Int(request)] = time
    }
    return nextRequests
  }
}
