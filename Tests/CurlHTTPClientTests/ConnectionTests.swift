import CurlHTTPClient
import EventLoop
import Testing

@Suite("HTTP client: connections", .timeLimit(.minutes(1)))
struct ConnectionTests {
  @Test("requests one after another use one connection")
  func keepAlive() async throws {
    let server = try await ScriptedServer { $0.respond() }
    try await withClient { client in
      for _ in 0..<5 { _ = try await client.get(server.url) }
    }
    #expect(server.requestHeads.count == 5)
    #expect(server.connectionCount == 1)
  }

  @Test("a kept connection that the server has closed is replaced")
  func staleConnection() async throws {
    let server = try await ScriptedServer { exchange in
      exchange.respond()
      exchange.close()
    }
    try await withClient { client in
      for _ in 0..<3 {
        let response = try await client.get(server.url)
        #expect(response.status == 200)
      }
    }
    #expect(server.connectionCount == 3)
  }

  @Test("requests at the same time go out together")
  func parallel() async throws {
    let held = Held()
    let server = try await ScriptedServer { held.append($0) }
    try await withClient { client in
      async let first = client.get(server.url + "/1")
      async let second = client.get(server.url + "/2")
      // Both are here before one is answered.
      for exchange in await held.wait(count: 2) { exchange.respond(body: String(exchange.head.dropFirst(5).prefix(1))) }
      let responses = try await [first, second]
      #expect(responses.map(\.text) == ["1", "2"])
    }
  }

  @Test("a server gets no more connections than allowed, and every request its turn")
  func connectionLimit() async throws {
    let held = Held()
    let server = try await ScriptedServer { exchange in
      exchange.head.contains("/held") ? held.append(exchange) : exchange.respond()
    }
    try await withClient(maximumConnectionsPerHost: 2) { client in
      try await withThrowingTaskGroup(of: Int.self) { group in
        for _ in 0..<2 { group.addTask { try await client.get(server.url + "/held").status } }
        let exchanges = await held.wait(count: 2)
        for _ in 0..<6 { group.addTask { try await client.get(server.url).status } }
        // Cannot be answered while both connections are in use.
        let waiting = await client.failure(of: .init(url: server.url, timeout: .milliseconds(50)))
        #expect(waiting?.code == .timedOut)
        #expect(server.requestHeads.count == 2)
        for exchange in exchanges { exchange.respond() }
        for try await status in group { #expect(status == 200) }
      }
    }
    #expect(server.connectionCount == 2)
    #expect(server.requestHeads.count == 8)
  }

  @Test("the wait for a connection does not count as the time to connect")
  func waitIsNoConnecting() async throws {
    let held = Held()
    let server = try await ScriptedServer { exchange in
      exchange.head.contains("/held") ? held.append(exchange) : exchange.respond()
    }
    try await withClient(maximumConnectionsPerHost: 1) { client in
      async let first = client.get(server.url + "/held")
      let exchanges = await held.wait(count: 1)
      async let second = client.execute(.init(url: server.url, connectTimeout: .milliseconds(50)))
      // When this one has ended, the second has waited for longer than it may take to connect.
      _ = await client.failure(of: .init(url: server.url, timeout: .milliseconds(150)))
      for exchange in exchanges { exchange.respond() }
      let responses = try await [first, second]
      #expect(responses.map(\.status) == [200, 200])
    }
  }

  @Test("a hundred requests at once each get their own answer")
  func hundred() async throws {
    let server = try await ScriptedServer { exchange in
      let path = exchange.head.split(separator: " ")[1]
      exchange.respond(body: String(path))
    }
    try await withClient { client in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<100 {
          group.addTask {
            let response = try await client.get(server.url + "/\(number)")
            #expect(response.text == "/\(number)")
          }
        }
        try await group.waitForAll()
      }
    }
    #expect(server.connectionCount <= 64)
  }

  @Test("a client that is dropped closes its connections")
  func dropped() async throws {
    let closed = Signal()
    let server = try await ScriptedServer { exchange in
      exchange.whenClosed { closed.send() }
      exchange.respond()
    }
    let loop = try EventLoop(name: "http")
    do {
      let client = try CurlHTTPClient(loop: loop, configuration: .init(userAgent: "test/1"))
      _ = try await client.get(server.url)
    }
    await closed.wait()
    loop.shutdown()
  }

  @Test("a caller on the loop is served without leaving it")
  func onTheLoop() async throws {
    let server = try await ScriptedServer { $0.respond() }
    let loop = try EventLoop(name: "http")
    let client = try CurlHTTPClient(loop: loop, configuration: .init(userAgent: "test/1"))
    let caller = Caller(loop: loop, client: client)
    let status = try await caller.get(server.url)
    #expect(status == 200)
    await client.shutdown()
    loop.shutdown()
  }

  private actor Caller {
    private let loop: EventLoop
    private let client: CurlHTTPClient
    nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

    init(loop: EventLoop, client: CurlHTTPClient) {
      self.loop = loop
      self.client = client
    }

    func get(_ url: String) async throws -> Int {
      let response = try await client.get(url)
      #expect(loop.isOnLoop)
      return response.status
    }
  }
}
