import Testing

@testable import CoalescingCache

@Suite("Removal and insertion")
struct RemovalTests {
  @Test(
    "A load begun before a removal answers its waiters but stores nothing, and no later lookup joins it",
    arguments: [true, false]
  )
  func removalDuringFlight(removesAll: Bool) async throws {
    let scenario = CacheScenario()
    let before = await scenario.beginLookup("alice")
    await scenario.loader.waitForLoads(1)
    if removesAll { await scenario.cache.removeAll() } else { await scenario.cache.removeValue(forKey: "alice") }
    let after = await scenario.beginLookup("alice")
    await scenario.loader.waitForLoads(2)

    await scenario.loader.end(0, with: .success("old"))
    #expect(try await before.value == TestLookup(result: .success("old"), outcome: .missFetched))
    #expect(await scenario.cache.entryCount == 0)
    let joining = await scenario.beginLookup("alice")
    await scenario.loader.end(1, with: .success("new"))
    #expect(try await after.value == TestLookup(result: .success("new"), outcome: .missFetched))
    #expect(try await joining.value == TestLookup(result: .success("new"), outcome: .missCoalesced))
    #expect(try await scenario.beginLookup("alice").value == TestLookup(result: .success("new"), outcome: .hit))
  }

  @Test("A removal leaves other keys and their flights alone")
  func removalOfOneKey() async throws {
    let scenario = CacheScenario()
    await scenario.cache.insert("stored", forKey: "bob")
    let flying = await scenario.beginLookup("carol")
    await scenario.loader.waitForLoads(1)
    await scenario.cache.removeValue(forKey: "alice")
    await scenario.loader.end(0, with: .success("loaded"))
    _ = try await flying.value

    #expect(try await scenario.beginLookup("bob").value.outcome == .hit)
    #expect(try await scenario.beginLookup("carol").value.outcome == .hit)
  }

  @Test("Removed values are gone")
  func removedValues() async throws {
    let scenario = CacheScenario()
    await scenario.cache.insert("1", forKey: "alice")
    await scenario.cache.insert("2", forKey: "bob")
    await scenario.cache.insert("3", forKey: "carol")
    await scenario.cache.removeValue(forKey: "alice")
    #expect(try await scenario.lookup("alice", loading: .failure(LoadFailure(number: 1))).outcome == .missFetched)
    #expect(await scenario.cache.entryCount == 2)
    await scenario.cache.removeAll()
    #expect(await scenario.cache.entryCount == 0)
    #expect(try await scenario.lookup("bob", loading: .failure(LoadFailure(number: 2))).outcome == .missFetched)
  }

  @Test("A load begun before an insertion does not overwrite the newer value")
  func insertionDuringFlight() async throws {
    let scenario = CacheScenario()
    let flying = await scenario.beginLookup("alice")
    await scenario.loader.waitForLoads(1)
    await scenario.cache.insert("new", forKey: "alice")
    await scenario.loader.end(0, with: .success("old"))

    #expect(try await flying.value.result == .success("old"))
    #expect(try await scenario.beginLookup("alice").value.result == .success("new"))
  }
}
