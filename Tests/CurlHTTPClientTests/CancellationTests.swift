import CurlHTTPClient
import Testing

@Suite("HTTP client: cancellation and shut-down", .timeLimit(.minutes(1)))
struct CancellationTests {
  @Test("cancelling a task closes its connection and leaves the others alone")
  func cancellation() async throws {
    let held = Held()
    let closed = Signal()
    let server = try await ScriptedServer { held.append($0) }
    try await withClient { client in
      let cancelled = Task { await client.failure(of: .init(url: server.url + "/cancelled")) }
      async let other = client.get(server.url + "/other")
      let exchanges = await held.wait(count: 2)
      let victim = try #require(exchanges.first { $0.head.contains("/cancelled") })
      let survivor = try #require(exchanges.first { $0.head.contains("/other") })
      victim.whenClosed { closed.send() }
      cancelled.cancel()
      #expect(await cancelled.value?.code == .cancelled)
      await closed.wait()
      survivor.respond(body: "still here")
      let survived = try await other
      #expect(survived.text == "still here")
    }
  }

  @Test("a task that is cancelled already sends nothing")
  func alreadyCancelled() async throws {
    let server = try await ScriptedServer { $0.respond() }
    try await withClient { client in
      let gate = Signal()
      let task = Task {
        await gate.wait()
        return await client.failure(of: .init(url: server.url))
      }
      task.cancel()
      #expect(await task.value?.code == .cancelled)
    }
    #expect(server.connectionCount == 0)
  }

  @Test("a request that waits for a connection can be cancelled")
  func cancelledWhileWaiting() async throws {
    let held = Held()
    let server = try await ScriptedServer { held.append($0) }
    try await withClient(maximumConnectionsPerHost: 1) { client in
      async let first = client.get(server.url)
      let exchanges = await held.wait(count: 1)
      let waiting = Task { await client.failure(of: .init(url: server.url)) }
      waiting.cancel()
      #expect(await waiting.value?.code == .cancelled)
      for exchange in exchanges { exchange.respond() }
      let response = try await first
      #expect(response.status == 200)
    }
  }

  @Test("a shut-down ends every request under way, and refuses those that come later")
  func shutdown() async throws {
    let held = Held()
    let closed = Signal()
    let server = try await ScriptedServer { exchange in
      exchange.whenClosed { closed.send() }
      held.append(exchange)
    }
    try await withClient { client in
      let requests = (0..<3).map { _ in Task { await client.failure(of: .init(url: server.url)) } }
      _ = await held.wait(count: 3)
      await client.shutdown()
      for request in requests { #expect(await request.value?.code == .shutDown) }
      await closed.wait(count: 3)
      #expect(await client.failure(of: .init(url: server.url))?.code == .shutDown)
      await client.shutdown()
    }
    #expect(server.requestHeads.count == 3)
  }
}
