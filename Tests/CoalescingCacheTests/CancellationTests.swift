import Testing

@testable import CoalescingCache

@Suite("Cancellation")
struct CancellationTests {
  @Test("A cancelled waiter is told so while the load goes on, and disturbs nobody")
  func cancelledWaiterLeaves() async throws {
    let scenario = CacheScenario()
    let starter = await scenario.beginLookup("alice")
    let waiter = await scenario.beginLookup("alice")
    await scenario.loader.waitForLoads(1)
    waiter.cancel()
    await #expect(throws: CacheLookupError.cancelled) { try await waiter.value }

    await scenario.loader.end(0, with: .success("list"))
    #expect(try await starter.value == TestLookup(result: .success("list"), outcome: .missFetched))
    #expect(await scenario.cache.entryCount == 1)
  }

  @Test("A flight goes on without its starter, and its value is stored")
  func starterLeaves() async throws {
    let scenario = CacheScenario()
    let starter = await scenario.beginLookup("alice")
    let waiter = await scenario.beginLookup("alice")
    await scenario.loader.waitForLoads(1)
    starter.cancel()
    await #expect(throws: CacheLookupError.cancelled) { try await starter.value }

    await scenario.loader.end(0, with: .success("list"))
    #expect(try await waiter.value == TestLookup(result: .success("list"), outcome: .missCoalesced))
    #expect(try await scenario.beginLookup("alice").value.outcome == .hit)
  }

  @Test(
    "The last waiter's cancellation cancels the load; the next lookup starts anew while the old load winds down and stores nothing"
  )
  func lastWaiterLeaves() async throws {
    let scenario = CacheScenario()
    let first = await scenario.beginLookup("alice")
    let second = await scenario.beginLookup("alice")
    await scenario.loader.waitForLoads(1)
    first.cancel()
    second.cancel()
    await #expect(throws: CacheLookupError.cancelled) { try await first.value }
    await #expect(throws: CacheLookupError.cancelled) { try await second.value }
    await scenario.loader.waitForCancellation(of: 0)

    let next = await scenario.beginLookup("alice")
    await scenario.loader.waitForLoads(2)
    await scenario.loader.end(0, with: .success("old"))
    await scenario.loader.end(1, with: .success("new"))
    #expect(try await next.value == TestLookup(result: .success("new"), outcome: .missFetched))
    #expect(try await scenario.beginLookup("alice").value == TestLookup(result: .success("new"), outcome: .hit))
  }

  @Test("An abandoned load that returns a value regardless stores nothing")
  func abandonedLoadStoresNothing() async throws {
    let scenario = CacheScenario()
    let only = await scenario.beginLookup("alice")
    await scenario.loader.waitForLoads(1)
    only.cancel()
    await #expect(throws: CacheLookupError.cancelled) { try await only.value }
    await scenario.loader.end(0, with: .success("old"))

    let next = await scenario.beginLookup("alice")
    await scenario.loader.waitForLoads(2)
    #expect(await scenario.cache.entryCount == 0)
    await scenario.loader.end(1, with: .success("new"))
    #expect(try await next.value.outcome == .missFetched)
  }

  @Test("A task that was cancelled before it asked starts no load, but still gets what is stored")
  func cancelledBefore() async throws {
    let scenario = CacheScenario()
    await scenario.cache.insert("list", forKey: "bob")
    let (miss, hit) = try await withThrowingTaskGroup(of: (miss: LookupResult, hit: LookupResult).self) { group in
      group.cancelAll()
      group.addTask { (await scenario.lookupInOwnTask("alice"), await scenario.lookupInOwnTask("bob")) }
      return try await #require(group.next())
    }

    #expect(throws: CacheLookupError.cancelled) { try miss.get() }
    #expect(try hit.get().outcome == .hit)
    #expect(await scenario.loader.loadCount == 0)
  }

  @Test("Whenever cancellations come, every waiter ends exactly once and the cache can load on")
  func cancellationStorm() async throws {
    let scenario = CacheScenario()
    for round in 0..<200 {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<8 {
          group.addTask {
            do {
              let lookup = try await scenario.cache.value(forKey: "alice") { _ throws(LoadFailure) in
                await Task.yield()
                return "list"
              }
              #expect(lookup.result == .success("list"))
            } catch CacheLookupError.cancelled {}
          }
        }
        if !round.isMultiple(of: 3) { group.cancelAll() }
        try await group.waitForAll()
      }
      await scenario.cache.removeValue(forKey: "alice")
    }
    let last = try await scenario.lookup("alice", loading: .success("new"))
    #expect(last == TestLookup(result: .success("new"), outcome: .missFetched))
  }
}

private typealias LookupResult = Result<TestLookup, any Error>

extension CacheScenario {
  fileprivate func lookupInOwnTask(_ key: String) async -> LookupResult {
    do {
      return .success(try await cache.value(forKey: key) { [loader] key throws(LoadFailure) in try await loader.load(key) })
    } catch {
      return .failure(error)
    }
  }
}
