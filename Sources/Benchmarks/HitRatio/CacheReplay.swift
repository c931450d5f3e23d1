internal import CoalescingCache
internal import EventLoop
internal import StrictJSON

/// Sends traces to the cache as the worker has it: on an event loop, with user names as keys.
actor CacheReplay {
  /// The most entries that the cache numbers.
  static let maximumCapacity = Int(Int32.max) - 1

  private let loop: EventLoop

  init() throws(EventLoopError) {
    loop = try EventLoop(name: "hit-ratio")
  }

  nonisolated var unownedExecutor: UnownedSerialExecutor {
    // The one unowned reference: safe because the replay holds the loop as long as it lives.
    unsafe loop.asUnownedSerialExecutor()
  }

  nonisolated func shutDown() {
    loop.shutdown()
  }

  /// How many requests an empty cache answers without a load.
  func hitCount(of trace: Trace, capacity: Int) async -> Int {
    let cache = CoalescingCache<ExactString, Int32, Never>(
      configuration: .init(timeToLive: .seconds(1), maximumEntryCount: capacity),
      executor: loop,
      now: { .zero }
    )
    var hitCount = 0
    for request in trace.requests {
      // Nobody cancels the lookup, and the waiters are not bounded: it does not throw.
      let lookup = try? await cache.value(forKey: trace.keys[Int(request)]) { _ in request }
      if lookup?.outcome == .hit { hitCount += 1 }
    }
    return hitCount
  }
}
