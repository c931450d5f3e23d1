import Testing

@testable import CoalescingCache

@Suite("Lookups that ask whether they are still wanted")
struct StillWantedTests {
  /// A question that is answered when the test says so.
  private let answers: AsyncStream<Bool>
  private let answer: AsyncStream<Bool>.Continuation

  init() {
    (answers, answer) = AsyncStream.makeStream()
  }

  private var question: @Sendable () async -> Bool {
    { [answers] in await answers.first { _ in true } ?? false }
  }

  private static let unexpected: @Sendable () async -> Bool = {
    Issue.record("asked")
    return false
  }

  @Test("One that is no longer wanted loads nothing and is told so")
  func unwanted() async throws {
    let scenario = CacheScenario()
    let lookup = await scenario.beginLookup("alice", ifStillWanted: question)
    answer.yield(false)
    await #expect(throws: CacheLookupError.unwanted) { try await lookup.value }
    #expect(await scenario.loader.loadCount == 0)
    #expect(await scenario.cache.waiterCount == 0)
  }

  @Test("One that is still wanted loads")
  func wanted() async throws {
    let scenario = CacheScenario()
    let lookup = await scenario.beginLookup("alice", ifStillWanted: question)
    answer.yield(true)
    await scenario.loader.waitForLoads(1)
    await scenario.loader.end(0, with: .success("list"))
    #expect(try await lookup.value == TestLookup(result: .success("list"), outcome: .missFetched))
  }

  @Test("Nobody is asked for a value that is stored or on its way")
  func notAsked() async throws {
    let scenario = CacheScenario()
    let starter = await scenario.beginLookup("alice")
    let joiner = await scenario.beginLookup("alice", ifStillWanted: Self.unexpected)
    await scenario.loader.waitForLoads(1)
    await scenario.loader.end(0, with: .success("list"))
    #expect(try await starter.value.outcome == .missFetched)
    #expect(try await joiner.value.outcome == .missCoalesced)
    #expect(try await scenario.beginLookup("alice", ifStillWanted: Self.unexpected).value.outcome == .hit)
  }

  @Test("Those that ask count as waiting: one lookup more than may wait is refused, unless it is a hit")
  func bound() async throws {
    let scenario = CacheScenario(maximumWaiterCount: 2)
    _ = try await scenario.lookup("stored", loading: .success("list"))
    let asking = await scenario.beginLookup("alice", ifStillWanted: question)
    let loading = await scenario.beginLookup("bob")
    #expect(await scenario.cache.waiterCount == 2)
    for key in ["alice", "bob", "carol"] {
      let excess = await scenario.beginLookup(key, ifStillWanted: Self.unexpected)
      await #expect(throws: CacheLookupError.tooManyWaiters) { try await excess.value }
    }
    #expect(try await scenario.beginLookup("stored", ifStillWanted: Self.unexpected).value.outcome == .hit)
    answer.yield(false)
    await #expect(throws: CacheLookupError.unwanted) { try await asking.value }
    await scenario.loader.waitForLoads(1)
    await scenario.loader.end(0, with: .success("list"))
    _ = try await loading.value
    #expect(await scenario.cache.waiterCount == 0)
  }

  @Test("A value that came while one asked is taken, and a load that began meanwhile is joined")
  func meanwhile() async throws {
    let scenario = CacheScenario()
    let late = await scenario.beginLookup("alice", ifStillWanted: question)
    _ = try await scenario.lookup("alice", loading: .success("list"))
    answer.yield(true)
    #expect(try await late.value == TestLookup(result: .success("list"), outcome: .hit))

    let joiner = await scenario.beginLookup("bob", ifStillWanted: question)
    let starter = await scenario.beginLookup("bob")
    await scenario.loader.waitForLoads(1)
    answer.yield(true)
    while await scenario.cache.waiterCount < 2 { await Task.yield() }
    await scenario.loader.end(0, with: .success("other"))
    #expect(try await starter.value.outcome == .missFetched)
    _ = try await joiner.value
    #expect(await scenario.loader.loadCount == 1)
  }

  @Test("One that is cancelled while it asks loads nothing")
  func cancelled() async throws {
    let scenario = CacheScenario()
    let lookup = await scenario.beginLookup("alice", ifStillWanted: question)
    lookup.cancel()
    answer.yield(true)
    await #expect(throws: CacheLookupError.cancelled) { try await lookup.value }
    #expect(await scenario.loader.loadCount == 0)
    #expect(await scenario.cache.waiterCount == 0)
  }
}
