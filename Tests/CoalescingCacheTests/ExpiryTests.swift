import Testing

@testable import CoalescingCache

@Suite("Time to live")
struct ExpiryTests {
  @Test("A value expires exactly at its time to live, hits notwithstanding")
  func expiresExactly() {
    var store = EntryStore<String, Int>(timeToLive: .seconds(10), maximumCount: 5)
    store.insert(1, forKey: "alice", now: .seconds(100))
    let values = [.seconds(110) - .nanoseconds(1), .seconds(110)].map { store.value(forKey: "alice", now: $0) }
    #expect(values == [1, nil])
  }

  @Test("Overwriting replaces the value and starts its time anew")
  func overwriteRefreshes() {
    var store = EntryStore<String, Int>(timeToLive: .seconds(10), maximumCount: 5)
    store.insert(1, forKey: "alice", now: .zero)
    store.insert(2, forKey: "bob", now: .seconds(1))
    store.insert(3, forKey: "alice", now: .seconds(6))
    let counts = [6, 11, 15].map { store.count(now: .seconds($0)) }
    #expect(counts == [2, 1, 1])
    let value = store.value(forKey: "alice", now: .seconds(15))
    #expect(value == 3)
    let lastCount = store.count(now: .seconds(16))
    #expect(lastCount == 0)
  }

  @Test("The entry count is read after expiry and after eviction")
  func honestCount() async throws {
    let scenario = CacheScenario(timeToLive: .seconds(10), maximumEntryCount: 3)
    for number in 0..<5 { await scenario.cache.insert("list", forKey: "user\(number)") }
    #expect(await scenario.cache.entryCount == 3)
    scenario.clock.advance(by: .seconds(10))
    #expect(await scenario.cache.entryCount == 0)
  }

  @Test("The time to live of a loaded value starts when it is stored, not when its load began")
  func startsWhenStored() async throws {
    let scenario = CacheScenario(timeToLive: .seconds(10))
    let lookup = await scenario.beginLookup("alice")
    await scenario.loader.waitForLoads(1)
    scenario.clock.advance(by: .seconds(8))
    await scenario.loader.end(0, with: .success("list"))
    _ = try await lookup.value
    scenario.clock.advance(by: .seconds(9))
    #expect(try await scenario.beginLookup("alice").value.outcome == .hit)
    scenario.clock.advance(by: .seconds(1))
    #expect(try await scenario.lookup("alice", loading: .success("again")).outcome == .missFetched)
  }
}
