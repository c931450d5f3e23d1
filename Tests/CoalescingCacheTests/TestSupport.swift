import Synchronization

@testable import CoalescingCache

/// A clock that moves only when told to.
final class ManualClock: Sendable {
  private let time = Mutex<Duration>(.zero)

  var now: Duration { time.withLock { $0 } }

  func advance(by duration: Duration) {
    time.withLock { $0 += duration }
  }
}

struct LoadFailure: Error, Equatable {
  let number: Int
}

typealias TestCache = CoalescingCache<String, String, LoadFailure>
typealias TestLookup = CacheLookup<String, LoadFailure>

/// Loads that begin when the cache calls, and end when the test says so. Lives on the cache's executor; waits for events, never for time.
actor GatedLoader {
  private let executor: TestExecutor
  private var gates: [CheckedContinuation<Result<String, LoadFailure>, Never>] = []
  private var cancelledLoads: Set<Int> = []
  private var observers: [(condition: (GatedLoader) -> Bool, continuation: CheckedContinuation<Void, Never>)] = []

  init(executor: TestExecutor) {
    self.executor = executor
  }

  nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe executor.asUnownedSerialExecutor()
  }

  /// How many loads have begun.
  var loadCount: Int { gates.count }

  /// Waits at its gate even when cancelled, as a load does that is slow to wind down.
  func load(_ key: String) async throws(LoadFailure) -> String {
    let number = gates.count
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { gate in
        gates.append(gate)
        notifyObservers()
      }
    } onCancel: {
      Task { await self.noteCancellation(of: number) }
    }
    return try result.get()
  }

  func end(_ number: Int, with result: Result<String, LoadFailure>) {
    gates[number].resume(returning: result)
  }

  func waitForLoads(_ count: Int) async {
    await wait { loader in loader.assumeIsolated { $0.gates.count >= count } }
  }

  func waitForCancellation(of number: Int) async {
    await wait { loader in loader.assumeIsolated { $0.cancelledLoads.contains(number) } }
  }

  private func wait(until condition: @escaping (GatedLoader) -> Bool) async {
    guard !condition(self) else { return }
    await withCheckedContinuation { observers.append((condition, $0)) }
  }

  private func noteCancellation(of number: Int) {
    cancelledLoads.insert(number)
    notifyObservers()
  }

  private func notifyObservers() {
    let satisfied = observers.filter { $0.condition(self) }
    observers.removeAll { $0.condition(self) }
    for observer in satisfied { observer.continuation.resume() }
  }
}

/// A cache, its clock and its loader, all on one executor. Lookups begin at once, in the order of the calls.
actor CacheScenario {
  let clock = ManualClock()
  let loader: GatedLoader
  let cache: TestCache
  private let executor: TestExecutor

  init(timeToLive: Duration = .seconds(300), maximumEntryCount: Int = 100, maximumWaiterCount: Int = .max) {
    let executor = TestExecutor()
    self.executor = executor
    loader = GatedLoader(executor: executor)
    let clock = clock
    cache = TestCache(
      configuration: .init(
        timeToLive: timeToLive,
        maximumEntryCount: maximumEntryCount,
        maximumWaiterCount: maximumWaiterCount
      ),
      executor: executor,
      now: { clock.now }
    )
  }

  nonisolated var unownedExecutor: UnownedSerialExecutor {
    unsafe executor.asUnownedSerialExecutor()
  }

  /// Begins a lookup: when this returns, it has its hit or waits.
  func beginLookup(
    _ key: String,
    ifStillWanted isStillWanted: (@Sendable () async -> Bool)? = nil
  ) -> Task<TestLookup, any Error> {
    let (cache, loader) = (cache, loader)
    return Task.immediate {
      try await cache.value(forKey: key, ifStillWanted: isStillWanted) { key throws(LoadFailure) in try await loader.load(key) }
    }
  }

  /// A lookup whose load yields at once.
  func lookup(_ key: String, loading result: Result<String, LoadFailure>) async throws -> TestLookup {
    try await cache.value(forKey: key) { _ throws(LoadFailure) in try result.get() }
  }

  /// Whether a hit has its value before the call that begins the lookup returns.
  func isHitSynchronous(_ key: String) -> Bool {
    let cache = cache
    let flag = Flag()
    Task.immediate {
      _ = try await cache.value(forKey: key) { _ throws(LoadFailure) in throw LoadFailure(number: 0) }
      flag.raise()
    }
    return flag.isRaised
  }
}

final class Flag: Sendable {
  private let value = Mutex(false)

  var isRaised: Bool { value.withLock { $0 } }

  func raise() {
    value.withLock { $0 = true }
  }
}
