import Testing

@testable import CoalescingCache

@Suite("Single flight")
struct CoalescingTests {
  @Test(
    "Ten concurrent misses run one load; one reports fetched and nine coalesced, on success and on failure alike",
    arguments: [
      Result<String, LoadFailure>.success("list"), .failure(LoadFailure(number: 7)),
    ]
  )
  func coalesces(result: Result<String, LoadFailure>) async throws {
    let scenario = CacheScenario()
    var lookups: [Task<TestLookup, any Error>] = []
    for _ in 0..<10 { lookups.append(await scenario.beginLookup("alice")) }
    await scenario.loader.waitForLoads(1)
    await scenario.loader.end(0, with: result)

    #expect(try await lookups[0].value == TestLookup(result: result, outcome: .missFetched))
    for lookup in lookups.dropFirst() {
      #expect(try await lookup.value == TestLookup(result: result, outcome: .missCoalesced))
    }
    #expect(await scenario.loader.loadCount == 1)
  }

  @Test("Different keys have loads of their own")
  func separatesKeys() async throws {
    let scenario = CacheScenario()
    let alice = await scenario.beginLookup("alice")
    let bob = await scenario.beginLookup("bob")
    await scenario.loader.waitForLoads(2)
    await scenario.loader.end(1, with: .success("second"))
    await scenario.loader.end(0, with: .success("first"))

    #expect(try await alice.value == TestLookup(result: .success("first"), outcome: .missFetched))
    #expect(try await bob.value == TestLookup(result: .success("second"), outcome: .missFetched))
  }

  @Test("A failure is not stored: the next lookup loads anew")
  func forgetsFailures() async throws {
    let scenario = CacheScenario()
    _ = try await scenario.lookup("alice", loading: .failure(LoadFailure(number: 1)))
    #expect(await scenario.cache.entryCount == 0)

    let second = try await scenario.lookup("alice", loading: .success("list"))
    #expect(second == TestLookup(result: .success("list"), outcome: .missFetched))
  }

  @Test("A hit calls no load")
  func hitLoadsNothing() async throws {
    let scenario = CacheScenario()
    _ = try await scenario.lookup("alice", loading: .success("list"))
    let hit = try await scenario.beginLookup("alice").value

    #expect(hit == TestLookup(result: .success("list"), outcome: .hit))
    #expect(await scenario.loader.loadCount == 0)
  }

  @Test("A hit from the same executor is there before the call returns, and a miss is not")
  func hitIsSynchronous() async throws {
    let scenario = CacheScenario()
    await scenario.cache.insert("list", forKey: "alice")

    #expect(await scenario.isHitSynchronous("alice"))
    #expect(await !scenario.isHitSynchronous("bob"))
  }

  @Test("No more lookups wait than may; one beyond them fails at once, whatever its key, and hits are not concerned")
  func boundsWaiters() async throws {
    let scenario = CacheScenario(maximumWaiterCount: 2)
    await scenario.cache.insert("list", forKey: "stored")
    let waiting = [await scenario.beginLookup("alice"), await scenario.beginLookup("alice")]
    await scenario.loader.waitForLoads(1)
    #expect(await scenario.cache.waiterCount == 2)
    for key in ["alice", "bob"] {
      await #expect(throws: CacheLookupError.tooManyWaiters) { try await scenario.lookup(key, loading: .success("list")) }
    }
    #expect(try await scenario.beginLookup("stored").value.outcome == .hit)

    await scenario.loader.end(0, with: .success("list"))
    for lookup in waiting { _ = try await lookup.value }
    #expect(await scenario.cache.waiterCount == 0)
    #expect(try await scenario.lookup("bob", loading: .success("list")).outcome == .missFetched)
  }
}
