/// A cache in memory with a time to live and a bound, that loads a missing value once however many callers wait for it.
///
/// - **Time to live.** A value expires exactly one ``Configuration/timeToLive`` after it was stored. A hit does not prolong it.
/// - **Bound.** There are never more than ``Configuration/maximumEntryCount`` entries. Which stay is decided by how often and how
///   recently they were requested (W-TinyLFU), so that a scan of keys requested once does not flush the working set.
/// - **Single flight.** Concurrent misses of one key share one load. The cache owns its task: a caller that is cancelled stops waiting and
///   disturbs nobody, and only when the last one has gone is the load cancelled and its result, whatever it is, discarded.
///
/// A hit runs without suspension for a caller on the same executor, and allocates nothing.
// `final` says nothing new of an actor, but without it the compiler does not specialise `value` for a client in another module.
public final actor CoalescingCache<Key: Hashable & Sendable, Value: Sendable, Failure: Error & Sendable> {
  public struct Configuration: Sendable {
    /// How long a value may be used, from when it was stored.
    public var timeToLive: Duration
    /// The most entries at any time; at least one, and smaller values count as one.
    public var maximumEntryCount: Int
    /// The most lookups that wait at any time; one more fails with ``CacheLookupError/tooManyWaiters``.
    public var maximumWaiterCount: Int

    public init(timeToLive: Duration, maximumEntryCount: Int, maximumWaiterCount: Int = .max) {
      self.timeToLive = timeToLive
      self.maximumEntryCount = maximumEntryCount
      self.maximumWaiterCount = maximumWaiterCount
    }
  }

  /// Loads the value of a key. Starts on the cache's executor.
  public typealias Load = @Sendable (Key) async throws(Failure) -> Value

  /// `nil` stands for the waiter's own cancellation.
  private typealias Waiter = CheckedContinuation<CacheLookup<Value, Failure>?, Never>

  private nonisolated let executor: any SerialExecutor
  @usableFromInline let now: @Sendable () -> Duration
  @usableFromInline var store: EntryStore<Key, Value>
  private var flights = Flights<Key, Waiter, Task<Void, Never>>()
  /// Lookups that wait to be told whether they are still wanted.
  private var askingCount = 0
  private let maximumWaiterCount: Int

  /// - Parameters:
  ///   - executor: The executor that the cache lives on.
  ///   - now: The time since any fixed origin; must never go back.
  public init(configuration: Configuration, executor: any SerialExecutor, now: @escaping @Sendable () -> Duration) {
    self.executor = executor
    self.now = now
    maximumWaiterCount = configuration.maximumWaiterCount
    store = EntryStore(timeToLive: configuration.timeToLive, maximumCount: configuration.maximumEntryCount)
  }

  public nonisolated var unownedExecutor: UnownedSerialExecutor {
    // The one unowned reference: safe because the cache holds the executor as long as it lives.
    unsafe executor.asUnownedSerialExecutor()
  }

  /// How many entries there are, once those that have expired are removed.
  public var entryCount: Int {
    store.count(now: now())
  }

  /// How many lookups wait: for loads, or to be told whether they are still wanted.
  public var waiterCount: Int { flights.waiterCount + askingCount }

  /// The stored value of a key, or what a load yields: the one under way for the key, else a new one.
  ///
  /// - Parameters:
  ///   - isStillWanted: Asked before this lookup would start a load, and not on a hit or while a load for the key is under way. Meanwhile the
  ///     lookup counts as one that waits. It must return soon, also when its task is cancelled.
  ///   - load: Called at most once, and not at all on a hit or while another load for the key is under way. It runs in a task of the cache;
  ///     that task is cancelled when all who waited for it are.
  /// - Throws: ``CacheLookupError``, unless the value is stored. The load's failure is no error of the lookup: it is in the result.
  @inlinable
  public func value(
    forKey key: Key,
    ifStillWanted isStillWanted: (@Sendable () async -> Bool)? = nil,
    orLoad load: @escaping Load
  ) async throws(CacheLookupError) -> CacheLookup<Value, Failure> {
    if let value = store.value(forKey: key, now: now()) {
      return CacheLookup(result: .success(value), outcome: .hit)
    }
    return try await missedValue(forKey: key, ifStillWanted: isStillWanted, orLoad: load)
  }

  @usableFromInline
  func missedValue(
    forKey key: Key,
    ifStillWanted isStillWanted: (@Sendable () async -> Bool)?,
    orLoad load: @escaping Load
  ) async throws(CacheLookupError) -> CacheLookup<Value, Failure> {
    guard !Task.isCancelled else { throw .cancelled }
    guard waiterCount < maximumWaiterCount else { throw .tooManyWaiters }
    if let isStillWanted, !flights.canBeJoined(key: key) {
      askingCount += 1
      let isWanted = await isStillWanted()
      askingCount -= 1
      guard !Task.isCancelled else { throw .cancelled }
      guard isWanted else { throw .unwanted }
      // Another lookup's load may have brought it meanwhile. Where it has not, the bound's policy is not told of this lookup twice.
      if store.contains(key, now: now()), let value = store.value(forKey: key, now: now()) {
        return CacheLookup(result: .success(value), outcome: .hit)
      }
    }
    let waiterID = flights.makeWaiterID()
    let lookup = await withTaskCancellationHandler {
      await withCheckedContinuation { waiter in
        flights.join(key: key, waiterID: waiterID, waiter: waiter) { flightID in
          Task { await self.run(load, forKey: key, flightID: flightID) }
        }
      }
    } onCancel: {
      // However early this comes, it reaches the actor only after the waiter has joined: there is no suspension from here to there.
      Task { await self.cancelWaiter(waiterID) }
    }
    guard let lookup else { throw .cancelled }
    return lookup
  }

  /// Stores or replaces the value of a key; its time to live starts now. A load under way for the key no longer stores its older value.
  public func insert(_ value: Value, forKey key: Key) {
    flights.detach(key: key)
    store.insert(value, forKey: key, now: now())
  }

  /// Removes the value of a key. A load under way for it stores nothing and is joined by no later lookup; who waits for it gets its result.
  public func removeValue(forKey key: Key) {
    flights.detach(key: key)
    store.removeValue(forKey: key)
  }

  /// Removes every value, as ``removeValue(forKey:)`` does.
  public func removeAll() {
    flights.detachAll()
    store.removeAll()
  }

  private func run(_ load: Load, forKey key: Key, flightID: Flights<Key, Waiter, Task<Void, Never>>.FlightID) async {
    let result: Result<Value, Failure>
    do throws(Failure) {
      result = .success(try await load(key))
    } catch {
      result = .failure(error)
    }
    guard let landing = flights.land(flightID) else { return }
    if landing.isValueToBeStored, case .success(let value) = result {
      store.insert(value, forKey: key, now: now())
    }
    for (waiter, isStarter) in landing.waiters {
      waiter.resume(returning: CacheLookup(result: result, outcome: isStarter ? .missFetched : .missCoalesced))
    }
  }

  private func cancelWaiter(_ waiterID: Flights<Key, Waiter, Task<Void, Never>>.WaiterID) {
    guard let departure = flights.leave(waiterID) else { return }
    departure.abandonedLoad?.cancel()
    departure.waiter.resume(returning: nil)
  }
}
