import Testing

@testable import RabbitMQClient

@Suite("Queue probe")
struct QueueProbeTests {
  private var probe = QueueProbe<Int>()

  @Test("the channel is opened at the first question, and questions are asked one after another")
  mutating func oneAfterAnother() {
    #expect(probe.ask("a", 1) == .openChannel)
    #expect(probe.ask("b", 2) == nil)
    expect(probe.receive(.channelOpenOK), nil, [.declarePassively("a")])
    expect(probe.receive(.declareOK), (1, true), [.declarePassively("b")])
    expect(probe.receive(.declareOK), (2, true), [])
    #expect(probe.ask("c", 3) == .declarePassively("c"))
  }

  @Test("no such queue closes the channel: that is the answer, and the channel is opened again for the next question")
  mutating func notFound() {
    _ = probe.ask("a", 1)
    _ = probe.ask("b", 2)
    _ = probe.receive(.channelOpenOK)
    expect(probe.receive(.channelClose(code: 404, text: "NOT_FOUND")), (1, false), [.confirmClose, .openChannel])
    expect(probe.receive(.channelOpenOK), nil, [.declarePassively("b")])
    expect(probe.receive(.channelClose(code: 404, text: "NOT_FOUND")), (2, false), [.confirmClose])
    #expect(probe.ask("c", 3) == .openChannel)
  }

  @Test("another refusal than not found does not say that the queue is gone", arguments: [403, 405, 406] as [UInt16])
  mutating func refused(code: UInt16) {
    _ = probe.ask("a", 1)
    _ = probe.receive(.channelOpenOK)
    expect(probe.receive(.channelClose(code: code, text: "")), (1, true), [.confirmClose])
  }

  @Test("a broker that cannot open the channel is asked again")
  mutating func closedWhileOpening() {
    _ = probe.ask("a", 1)
    expect(probe.receive(.channelClose(code: 504, text: "")), nil, [.confirmClose, .openChannel])
  }

  @Test("when the connection is over everybody who waits is told")
  mutating func removesAll() {
    _ = probe.ask("a", 1)
    _ = probe.ask("b", 2)
    #expect(probe.removeAll() == [1, 2])
    #expect(probe.removeAll() == [])
  }

  private func expect(
    _ result: (answer: (Int, exists: Bool)?, steps: [QueueProbeStep]),
    _ answer: (Int, Bool)?,
    _ steps: [QueueProbeStep],
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(result.answer?.0 == answer?.0 && result.answer?.exists == answer?.1, sourceLocation: sourceLocation)
    #expect(result.steps == steps, sourceLocation: sourceLocation)
  }
}
