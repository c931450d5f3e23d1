internal import Authorization
internal import CoalescingCache
internal import EventLoop
internal import StrictJSON

/// Fills the worker's cache, on an event loop.
actor MemoryBench {
  private let loop: EventLoop

  init() throws(EventLoopError) {
    loop = try EventLoop(name: "memory")
  }

  nonisolated var unownedExecutor: UnownedSerialExecutor {
    // The one unowned reference: safe because the bench holds the loop as long as it lives.
    unsafe loop.asUnownedSerialExecutor()
  }

  nonisolated func shutDown() {
    loop.shutdown()
  }

  /// A cache of users, each with destinations at random.
  func fill(_ fill: Fill, distinctCount: Int) async -> DestinationCache {
    let cache = DestinationCache(
      configuration: .init(timeToLive: .seconds(1), maximumEntryCount: fill.userCount),
      executor: loop,
      now: { .zero }
    )
    let names = (0..<distinctCount).map { ExactString("destination-\($0)") }
    var random = SeededGenerator(seed: 1)
    for number in 0..<fill.userCount {
      // Steps of random lengths through the names: no name twice, as long as there are enough.
      let maximumStep = max(1, distinctCount / max(1, fill.destinationCount))
      var position = 0
      let list = (0..<fill.destinationCount).map { _ in
        position += Int.random(in: 1...maximumStep, using: &random)
        return names[position % distinctCount]
      }
      await cache.insert(
        FetchedDestinations(destinations: DestinationSet(list), outcome: .success),
        forKey: ExactString("user-\(number)@example.int")
      )
    }
    return cache
  }
}
