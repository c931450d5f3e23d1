/// The policy that everyone knows: evicts what has not been asked for the longest.
enum LeastRecentlyUsed {
  static func hitCount(of trace: Trace, capacity: Int) -> Int {
    var latestRequest = [Int](repeating: -1, count: trace.keys.count)
    var entryCount = 0
    var hitCount = 0
    // No entry's latest request is before this one.
    var oldest = 0
    var isCached = [Bool](repeating: false, count: trace.keys.count)
    for (time, request) in trace.requests.enumerated() {
      let key = Int(request)
      latestRequest[key] = time
      if isCached[key] {
        hitCount += 1
        continue
      }
      isCached[key] = true
      entryCount += 1
      guard entryCount > capacity else { continue }
      while latestRequest[Int(trace.requests[oldest])] != oldest { oldest += 1 }
      isCached[Int(trace.requests[oldest])] = false
      entryCount -= 1
      oldest += 1
    }
    return hitCount
  }
}
