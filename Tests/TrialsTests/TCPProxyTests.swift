import TestSupport
import Testing

/// What the ends of a connection see of a network that is cut and healed.
@Suite("TCP proxy", .timeLimit(.minutes(1)))
struct TCPProxyTests {
  private let server = try! TestServer()

  private func connect(_ proxy: TCPProxy) async throws -> (client: TestSocket, server: TestSocket) {
    let client = try await TestSocket(port: proxy.port)
    return (client, try await server.accept())
  }

  @Test("bytes and ends pass in both directions")
  func passes() async throws {
    let proxy = try TCPProxy(to: server.port)
    let (client, server) = try await connect(proxy)
    client.send("question")
    #expect(await server.receive(8) == "question")
    server.send("answer")
    #expect(await client.receive(6) == "answer")
    client.finish()
    #expect(await server.ending() == .finished)
    server.send("last words")
    server.finish()
    #expect(await client.receive(10) == "last words")
    #expect(await client.ending() == .finished)
    proxy.close()
  }

  @Test("a reset by one end reaches the other as one")
  func passesReset() async throws {
    let proxy = try TCPProxy(to: server.port)
    let (client, server) = try await connect(proxy)
    client.reset()
    #expect(await server.ending() == .reset)
    proxy.close()
  }

  @Test("a connection to a server that is not there is reset")
  func serverGone() async throws {
    let proxy = try TCPProxy(to: try Loopback.serverPort())
    let client = try await TestSocket(port: proxy.port)
    #expect(await client.ending() == .reset)
    proxy.close()
  }

  @Test("cut by reset, connections are reset, new ones too, until it is healed")
  func cutByReset() async throws {
    let proxy = try TCPProxy(to: server.port)
    let (client, server) = try await connect(proxy)
    proxy.cut(.reset)
    #expect(await client.ending() == .reset)
    #expect(await server.ending() == .reset)
    let second = try await TestSocket(port: proxy.port)
    #expect(await second.ending() == .reset)
    proxy.heal()
    let (third, fourth) = try await connect(proxy)
    third.send("x")
    #expect(await fourth.receive(1) == "x")
    proxy.close()
  }

  @Test("cut silently, a connection swallows everything for ever, and new ones get through when it is healed")
  func cutSilently() async throws {
    let proxy = try TCPProxy(to: server.port)
    let (client, server) = try await connect(proxy)
    proxy.cut(.silent)
    let duringCut = try await TestSocket(port: proxy.port)
    // The kernel connects, whether the proxy has looked or not.
    while proxy.connectionCount < 2 { await Task.yield() }
    client.send("lost")
    server.send("lost")
    duringCut.send("lost")
    proxy.heal()
    let (second, third) = try await connect(proxy)
    second.send("found")
    #expect(await third.receive(5) == "found")
    client.send("lost as well")
    client.close()
    duringCut.close()
    server.send("lost as well")
    // Neither the bytes nor the end of the client has arrived: what ends the connection is the proxy.
    proxy.close()
    #expect(await server.ending() == .reset)
    #expect(await third.ending() == .reset)
  }

  @Test("a half-open connection is gone when both ends have given it up")
  func halfOpenEnds() async throws {
    let proxy = try TCPProxy(to: server.port)
    let (client, server) = try await connect(proxy)
    proxy.cut(.silent)
    client.close()
    #expect(proxy.connectionCount == 1)
    server.close()
    while proxy.connectionCount > 0 { await Task.yield() }
    proxy.close()
  }

  @Test("stalled, bytes and new connections arrive when it is healed")
  func stalls() async throws {
    let proxy = try TCPProxy(to: server.port)
    let (client, server) = try await connect(proxy)
    proxy.cut(.stalled)
    client.send("late")
    let second = try await TestSocket(port: proxy.port)
    second.send("later")
    #expect(client.hasNothingToRead && server.hasNothingToRead)
    proxy.heal()
    #expect(await server.receive(4) == "late")
    #expect(try await self.server.accept().receive(5) == "later")
    proxy.close()
  }

  @Test("a megabyte passes through a peer that reads slowly")
  func largeTransfer() async throws {
    let proxy = try TCPProxy(to: server.port)
    let (client, server) = try await connect(proxy)
    let text = String(repeating: "0123456789abcdef", count: 65_536)
    async let sent: Void = client.sendAll(text)
    #expect(await server.receive(text.utf8.count) == text)
    await sent
    proxy.close()
  }
}
