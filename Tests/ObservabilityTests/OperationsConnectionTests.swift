import NIOConcurrencyHelpers
import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import Observability

@Suite("Operations connection, with a clock set by hand", .timeLimit(.minutes(1)))
struct OperationsConnectionTests {
  private func makeChannel() throws -> EmbeddedChannel {
    let endpoints = OperationsEndpoints(health: { .ok }, readiness: { .ok }, metrics: { "" })
    let channel = EmbeddedChannel()
    let connection = OperationsConnection(
      endpoints: endpoints,
      timeouts: .init(transfer: .seconds(30), endpoint: .seconds(5)),
      registry: OperationsConnectionRegistry(loop: ClosableEventLoop(channel.eventLoop), maximumConnectionCount: 1)
    )
    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
    try channel.pipeline.syncOperations.addHandler(connection)
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
    return channel
  }

  @Test("A request that trickles in byte by byte has no more time than one that does not come")
  func slowRequest() throws {
    let channel = try makeChannel()
    for byte in "GET /healthz HTTP/1.1\r\nHost: "[...].utf8.prefix(29) {
      try channel.writeInbound(ByteBuffer(bytes: [byte]))
      channel.embeddedEventLoop.advanceTime(by: .seconds(1))
    }
    #expect(channel.isActive)
    channel.embeddedEventLoop.advanceTime(by: .seconds(1))
    #expect(!channel.isActive)
    _ = try channel.finish(acceptAlreadyClosed: true)
  }

  @Test("A response gives the connection a new time to send the next request in")
  func newDeadline() throws {
    let channel = try makeChannel()
    channel.embeddedEventLoop.advanceTime(by: .seconds(29))
    try channel.writeInbound(ByteBuffer(string: "GET /nowhere HTTP/1.1\r\nHost: test\r\n\r\n"))
    channel.embeddedEventLoop.advanceTime(by: .seconds(29))
    #expect(channel.isActive)
    channel.embeddedEventLoop.advanceTime(by: .seconds(1))
    #expect(!channel.isActive)
    _ = try channel.finish(acceptAlreadyClosed: true)
  }

  @Test("The late answer to a request that timed out does not become that to the next request")
  func lateAnswer() async throws {
    let releases = [OneTimeValue<Void>(), OneTimeValue<Void>()]
    let (calls, callContinuation) = AsyncStream.makeStream(of: Int.self)
    let callCount = NIOLockedValueBox(0)
    let endpoints = OperationsEndpoints(
      health: {
        let number = callCount.withLockedValue { count in
          count += 1
          return count
        }
        callContinuation.yield(number)
        try? await releases[number - 1].value
        return .failing(reason: "answer \(number)")
      },
      readiness: { .ok },
      metrics: { "" }
    )
    let channel = NIOAsyncTestingChannel()
    let registry = try await channel.eventLoop.submit {
      let registry = OperationsConnectionRegistry(loop: ClosableEventLoop(channel.eventLoop), maximumConnectionCount: 2)
      try channel.pipeline.syncOperations.addHandler(
        OperationsConnection(
          endpoints: endpoints,
          timeouts: .init(transfer: .seconds(30), endpoint: .seconds(5)),
          registry: registry
        )
      )
      return NIOLoopBound(registry, eventLoop: channel.eventLoop)
    }.get()
    try await channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1))
    var call = calls.makeAsyncIterator()

    try await send("/healthz", on: channel)
    #expect(await call.next() == 1)
    await channel.testingEventLoop.advanceTime(by: .seconds(5))
    #expect(try await receiveBody(on: channel) == "timed out\n")

    try await send("/healthz", on: channel)
    #expect(await call.next() == 2)
    releases[0].resolve(.success(()))
    // The first answer is back on the loop once only the second is owed.
    while try await channel.eventLoop.submit({ registry.value.runningAnswerCount }).get() == 2 { await Task.yield() }
    releases[1].resolve(.success(()))
    #expect(try await receiveBody(on: channel) == "answer 2\n")
    try await channel.close()
  }

  private func send(_ path: String, on channel: NIOAsyncTestingChannel) async throws {
    try await channel.writeInbound(HTTPServerRequestPart.head(HTTPRequestHead(version: .http1_1, method: .GET, uri: path)))
    try await channel.writeInbound(HTTPServerRequestPart.end(nil))
  }

  private func receiveBody(on channel: NIOAsyncTestingChannel) async throws -> String {
    var body = ByteBuffer()
    while true {
      switch try await channel.waitForOutboundWrite(as: HTTPServerResponsePart.self) {
      case .head: break
      case .body(.byteBuffer(var part)): body.writeBuffer(&part)
      case .body: Issue.record("a part of the body that is no buffer")
      case .end: return String(buffer: body)
      }
    }
  }

  @Test("What comes back to a loop that is closed is discarded")
  func closedLoop() {
    let embedded = EmbeddedEventLoop()
    let loop = ClosableEventLoop(embedded)
    let runCount = NIOLockedValueBox(0)
    loop.execute { runCount.withLockedValue { $0 += 1 } }
    embedded.run()
    loop.close()
    loop.execute { runCount.withLockedValue { $0 += 10 } }
    embedded.run()
    #expect(runCount.withLockedValue { $0 } == 1)
  }
}
