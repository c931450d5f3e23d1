internal import Authorization
internal import CoalescingCache
internal import EventLoop
internal import StrictJSON

/// Looks users up in the worker's cache, on its event loop.
actor LookupBench {
  struct Result {
    /// Of one lookup in the cache, in nanoseconds.
    let cacheTime: Double
    /// Of one lookup in a dictionary, in nanoseconds.
    let dictionaryTime: Double
    /// How often a lookup in the cache asks for memory.
    let allocations: Double
    /// Without that, the figures mean nothing.
    let isEveryLookupHit: Bool
  }

  private let loop: EventLoop

  init() throws(EventLoopError) {
    loop = try EventLoop(name: "cache")
  }

  nonisolated var unownedExecutor: UnownedSerialExecutor {
    // The one unowned reference: safe because the bench holds the loop as long as it lives.
    unsafe loop.asUnownedSerialExecutor()
  }

  nonisolated func shutDown() {
    loop.shutdown()
  }

  func measure(entryCount: Int, lookupCount: Int, runCount: Int) async -> Result {
    let start = ContinuousClock.now
    let cache = DestinationCache(
      configuration: .init(timeToLive: .seconds(86_400), maximumEntryCount: entryCount),
      executor: loop,
      now: { ContinuousClock.now - start }
    )
    var dictionary: [ExactString: FetchedDestinations] = [:]
    for number in 0..<entryCount {
      let value = FetchedDestinations(destinations: DestinationSet([ExactString("D\(number % 5000)")]), outcome: .success)
      await cache.insert(value, forKey: Self.username(number))
      dictionary[Self.username(number)] = value
    }
    var random = SeededGenerator(seed: 1)
    let usernames = (0..<lookupCount).map { _ in Self.username(.random(in: 0..<entryCount, using: &random)) }

    var (hitCount, foundCount) = (0, 0)
    var inCache = Measurement(operationCount: lookupCount)
    var inDictionary = Measurement(operationCount: lookupCount)
    for _ in 0..<runCount {
      inCache.begin()
      hitCount += await Self.hitCount(of: usernames, in: cache)
      inCache.end()
      inDictionary.begin()
      for username in usernames where dictionary[username]?.outcome == .success { foundCount += 1 }
      inDictionary.end()
    }
    return Result(
      cacheTime: inCache.nanoseconds,
      dictionaryTime: inDictionary.nanoseconds,
      allocations: inCache.allocationCount,
      isEveryLookupHit: hitCount == runCount * lookupCount && foundCount == hitCount
    )
  }

  /// Runs in the cache's isolation: to enter an actor costs the caller the same, whatever the actor does.
  private static func hitCount(of usernames: [ExactString], in cache: isolated DestinationCache) async -> Int {
    let load: DestinationCache.Load = { _ throws(FetchFailure) in
      throw FetchFailure(outcome: .unreachable, message: "There is no server")
    }
    var hitCount = 0
    for username in usernames {
      let lookup = try? await cache.value(forKey: username, orLoad: load)
      if lookup?.outcome == .hit { hitCount += 1 }
    }
    return hitCount
  }

  private static func username(_ number: Int) -> ExactString { ExactString("user-\(number)") }
}
