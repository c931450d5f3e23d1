import NIOCore
import NIOEmbedded
import NIOHTTP1
import StrictJSON
import Testing

@testable import ECPDSSimulator

/// The connection's behaviour in time, on an event loop whose clock the test moves.
@Suite("Timing")
struct TimingTests {
  private let simulation = TestSimulator.makeSimulation()
  private let loop: EmbeddedEventLoop
  private let channel: EmbeddedChannel

  init() throws {
    loop = EmbeddedEventLoop()
    channel = EmbeddedChannel(loop: loop)
    try SimulatorServer.configure(channel.pipeline.syncOperations, simulation)
    try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
  }

  private func sendListRequest() throws {
    let head =
      "GET \(TestSimulator.listPath)?id=alice HTTP/1.1\r\nHost: test\r\nAuthorization: \(TestSimulator.authorization)\r\n\r\n"
    try channel.writeInbound(ByteBuffer(string: head))
  }

  private func readText() throws -> String {
    var text = ""
    while let part = try channel.readOutbound(as: ByteBuffer.self) {
      text += String(buffer: part)
    }
    return text
  }

  /// What NIO's handler does when the time has come; it reads the system's clock, not the loop's.
  private func becomeIdle() {
    channel.pipeline.fireUserInboundEventTriggered(IdleStateHandler.IdleStateEvent.all)
  }

  @Test("with a latency the answer comes when that has passed, and not before")
  func latency() throws {
    try simulation.control(.PUT, "/simulator/faults", #"{"latency_ms":200}"#)
    try sendListRequest()
    loop.advanceTime(by: .milliseconds(199))
    #expect(try readText().isEmpty)
    loop.advanceTime(by: .milliseconds(1))
    #expect(try readText().hasSuffix(TestSimulator.aliceAnswer))
  }

  @Test("a latency goes with other faults")
  func latencyBeforePartialBody() throws {
    try simulation.control(.PUT, "/simulator/faults", #"{"latency_ms":200,"partial_body":true}"#)
    try sendListRequest()
    loop.advanceTime(by: .milliseconds(199))
    #expect(channel.isActive)
    loop.advanceTime(by: .milliseconds(1))
    #expect(!channel.isActive)
    #expect(try readText().contains("content-length"))
  }

  @Test("a request that hangs is counted, never answered, and its connection stays open")
  func hang() throws {
    try simulation.control(.PUT, "/simulator/faults", #"{"hang":true}"#)
    try sendListRequest()
    // Less than the idle time-out: past it, NIO's idle handler compares the loop's clock with the system's and never comes to an end.
    loop.advanceTime(by: .minutes(4))
    #expect(channel.isActive)
    #expect(try readText().isEmpty)
    #expect(try simulation.control(.GET, "/simulator/requests").body == #"{"total":1,"users":{"alice":1}}"#)
  }

  @Test("a client that leaves before its delayed answer leaves nothing behind")
  func clientLeaves() throws {
    weak let handler = try channel.pipeline.syncOperations.handler(type: SimulatorChannelHandler.self)
    try simulation.control(.PUT, "/simulator/faults", #"{"latency_ms":200}"#)
    try sendListRequest()
    channel.close(promise: nil)
    loop.run()
    #expect(handler == nil)
    loop.advanceTime(by: .milliseconds(200))
    #expect(try readText().isEmpty)
  }

  @Test("a connection counts as idle after five minutes, and is closed then")
  func idle() throws {
    #expect(try channel.pipeline.syncOperations.handler(type: IdleStateHandler.self).allTimeout == .minutes(5))
    try sendListRequest()
    #expect(channel.isActive)
    becomeIdle()
    #expect(!channel.isActive)
  }

  @Test(
    "a connection whose answer is held back is not closed for being idle",
    arguments: [#"{"hang":true}"#, #"{"latency_ms":600000}"#]
  )
  func idleWhileHeld(fault: String) throws {
    try simulation.control(.PUT, "/simulator/faults", fault)
    try sendListRequest()
    becomeIdle()
    #expect(channel.isActive)
  }

  @Test("an oversized body waits while the client does not read, and goes on when it does")
  func oversizedBodyWaits() throws {
    try simulation.control(.PUT, "/simulator/faults", #"{"body":"oversized"}"#)
    channel.isWritable = false
    try sendListRequest()
    loop.run()
    #expect(try !readText().contains("OVERSIZED"))

    channel.isWritable = true
    channel.pipeline.fireChannelWritabilityChanged()
    loop.run()
    var byteCount = 0
    var last = ""
    while let part = try channel.readOutbound(as: ByteBuffer.self) {
      byteCount += part.readableBytes
      last = String(buffer: part)
    }
    #expect(byteCount > 200_000_000)
    #expect(last.hasSuffix("0\r\n\r\n"))
  }

  @Test("an oversized body for a client that reads nothing is given up when the connection becomes idle")
  func oversizedBodyIsGivenUp() throws {
    try simulation.control(.PUT, "/simulator/faults", #"{"body":"oversized"}"#)
    channel.isWritable = false
    try sendListRequest()
    becomeIdle()
    #expect(!channel.isActive)
  }
}
