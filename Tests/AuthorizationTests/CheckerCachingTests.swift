import Authorization
import StrictJSON
import Testing

@Suite("AuthorizationChecker: the cache")
struct CheckerCachingTests {
  @Test("A hit fetches nothing")
  func hit() async {
    let harness = Harness(["a": .list("CIP"), "b": .list()])
    #expect(await harness.check().cacheOutcome == .missFetched)
    let second = await harness.check()
    #expect(second.cacheOutcome == .hit)
    #expect(second.fetchOutcome == nil)
    #expect(await harness.transport.requests.count == 2)
    #expect(await harness.checker.cacheEntryCount == 1)
  }

  @Test("Ten concurrent checks make one fetch a server; one reports it, nine are coalesced")
  func coalesces() async {
    let harness = Harness(["a": .list("CIP"), "b": .list()])
    await harness.transport.hold()
    let checks = await harness.loop.start(10) { _ in await harness.check() }
    await harness.transport.waitForRequests(2)
    await harness.transport.release()
    let replies = await values(of: checks)
    #expect(replies.allSatisfy { $0.decision == .allow })
    #expect(replies.filter { $0.cacheOutcome == .missFetched }.map(\.fetchOutcome) == [.success])
    #expect(replies.filter { $0.cacheOutcome == .missCoalesced }.map(\.fetchOutcome) == Array(repeating: nil, count: 9))
    #expect(await harness.transport.requests.count == 2)
    #expect(harness.metrics.nonZero("aviso_ecpds_fetch_total") == ["{outcome=success}": 1])
    #expect(harness.metrics.count("aviso_ecpds_cache_misses_total") == 10)
  }

  @Test("A failed fetch answers every waiter with its outcome; only the caller that ran it reports miss_fetched")
  func failureReachesEveryWaiter() async {
    let harness = Harness(["a": .status(403)])
    await harness.transport.hold()
    let checks = await harness.loop.start(5) { _ in await harness.check() }
    await harness.transport.waitForRequests(1)
    await harness.transport.release()
    let replies = await values(of: checks)
    #expect(replies.allSatisfy { $0.reason == .fetchFailed && $0.fetchOutcome == .http403 })
    #expect(replies.filter { $0.cacheOutcome == .missFetched }.count == 1)
    #expect(replies.filter { $0.cacheOutcome == .missCoalesced }.count == 4)
    #expect(harness.metrics.nonZero("aviso_ecpds_fetch_total") == ["{outcome=http_403}": 1])
  }

  @Test("A failure is not stored: the next check fetches anew")
  func failureIsNotStored() async {
    let harness = Harness(["a": .status(500)])
    #expect(await harness.check().decision == .unavailable)
    #expect(await harness.checker.cacheEntryCount == 0)
    await harness.transport.answer("a", with: .list("CIP"))
    let second = await harness.check()
    #expect(second.decision == .allow)
    #expect(second.cacheOutcome == .missFetched)
  }

  @Test(
    "After an answer that cannot be used the next request works",
    arguments: [
      .ok("no JSON"), .ok(#"{"destinationList":[{"name":"CIP","#), .error(.responseTooLarge, status: 200),
      .success(HTTPResponse(status: 200, body: [0x22, 0xFF, 0x22])), .ok(#"{"destinationList":{"CIP":true},"success":"yes"}"#),
    ] as [Result<HTTPResponse, HTTPTransportError>]
  )
  func recovers(_ answer: Result<HTTPResponse, HTTPTransportError>) async {
    let harness = Harness(["a": answer])
    let first = await harness.check()
    #expect(first.decision == .unavailable)
    #expect(first.fetchOutcome == .invalidResponse)
    await harness.transport.answer("a", with: .list("CIP"))
    #expect(await harness.check().decision == .allow)
  }

  @Test("Usernames that differ only in normalisation have entries of their own")
  func normalisation() async {
    let harness = Harness(["a": .list("CIP")])
    #expect(await harness.check("\u{E9}").cacheOutcome == .missFetched)
    #expect(await harness.check("e\u{301}").cacheOutcome == .missFetched)
    #expect(await harness.check("\u{E9}").cacheOutcome == .hit)
    #expect(await harness.transport.requests.map { $0.url.suffix(7) } == ["=%C3%A9", "=e%CC%81"].map { $0.suffix(7) })
    #expect(await harness.checker.cacheEntryCount == 2)
  }

  @Test("Users do not share lists")
  func users() async {
    let harness = Harness(["a": .list("CIP")])
    #expect(await harness.check("alice").decision == .allow)
    await harness.transport.answer("a", with: .list("FOO"))
    #expect(await harness.check("bob").decision == .deny)
    #expect(await harness.check("alice").decision == .allow)
  }

  private func values(of checks: [Task<AuthorizationReply, Never>]) async -> [AuthorizationReply] {
    var replies: [AuthorizationReply] = []
    for check in checks {
      replies.append(await check.value)
    }
    return replies
  }
}
