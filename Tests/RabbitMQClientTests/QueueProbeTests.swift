import Testing

@testable import RabbitMQClient

@Suite("Queue probe")
struct QueueProbeTests {
  private var probe = QueueProbe<Int>()

  @Test("the channel is opened at the first question, and questions are asked one after another")
  mutating func oneAfterAnother() {
    #expect(ask("a", 1) == .openChannel)
    #expect(ask("b", 2) == nil)
    expect(probe.receive(.channelOpenOK), nil, [.declarePassively("a")])
    expect(probe.receive(.declareOK), (1, true), [.declarePassively("b")])
    expect(probe.receive(.declareOK), (2, true), [])
    #expect(ask("c", 3) == .declarePassively("c"))
  }

  @Test("no such queue closes the channel: that is the answer, and the channel is opened again for the next question")
  mutating func notFound() {
    _ = ask("a", 1)
    _ = ask("b", 2)
    _ = probe.receive(.channelOpenOK)
    expect(probe.receive(.channelClose(code: 404, text: "NOT_FOUND")), (1, false), [.confirmClose, .openChannel])
    expect(probe.receive(.channelOpenOK), nil, [.declarePassively("b")])
    expect(probe.receive(.channelClose(code: 404, text: "NOT_FOUND")), (2, false), [.confirmClose])
    #expect(ask("c", 3) == .openChannel)
  }

  @Test("another refusal than not found does not say that the queue is gone", arguments: [403, 405, 406] as [UInt16])
  mutating func refused(code: UInt16) {
    _ = ask("a", 1)
    _ = probe.receive(.channelOpenOK)
    expect(probe.receive(.channelClose(code: code, text: "")), (1, true), [.confirmClose])
  }

  @Test("a broker that cannot open the channel is asked again")
  mutating func closedWhileOpening() {
    _ = ask("a", 1)
    expect(probe.receive(.channelClose(code: 504, text: "")), nil, [.confirmClose, .openChannel])
  }

  @Test("when the connection is over everybody who waits is told")
  mutating func removesAll() {
    _ = ask("a", 1)
    _ = ask("b", 2)
    #expect(probe.removeAll() == [1, 2])
    #expect(probe.removeAll() == [])
  }

  @Test("a question that is given up before it is asked is not asked")
  mutating func abandoned() {
    _ = ask("a", 1)
    let second = probe.makeID()
    #expect(probe.ask("b", second, 2) == nil)
    _ = ask("c", 3)
    #expect(probe.abandon(second) == 2)
    #expect(probe.abandon(second) == nil)
    expect(probe.receive(.channelOpenOK), nil, [.declarePassively("a")])
    expect(probe.receive(.declareOK), (1, true), [.declarePassively("c")])
  }

  @Test("the answer to a question that was given up after it was asked is nobody's, whatever it is", arguments: [true, false])
  mutating func abandonedWhileAsked(exists: Bool) {
    let first = probe.makeID()
    _ = probe.ask("a", first, 1)
    _ = ask("b", 2)
    _ = probe.receive(.channelOpenOK)
    #expect(probe.abandon(first) == 1)
    #expect(probe.abandon(first) == nil)
    if exists {
      expect(probe.receive(.declareOK), nil, [.declarePassively("b")])
    } else {
      expect(probe.receive(.channelClose(code: 404, text: "NOT_FOUND")), nil, [.confirmClose, .openChannel])
      expect(probe.receive(.channelOpenOK), nil, [.declarePassively("b")])
    }
    expect(probe.receive(.declareOK), (2, true), [])
  }

  @Test("a channel that opens when all have given up serves the next question")
  mutating func abandonedWhileOpening() {
    let id = probe.makeID()
    #expect(probe.ask("a", id, 1) == .openChannel)
    #expect(probe.abandon(id) == 1)
    expect(probe.receive(.channelOpenOK), nil, [])
    #expect(ask("b", 2) == .declarePassively("b"))
    #expect(probe.removeAll() == [2])
  }

  private mutating func ask(_ queue: ShortString, _ waiter: Int) -> QueueProbeStep? {
    probe.ask(queue, probe.makeID(), waiter)
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
