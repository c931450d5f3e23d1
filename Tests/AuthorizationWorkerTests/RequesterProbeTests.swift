import EventLoop
import NIOConcurrencyHelpers
import RabbitMQClient
import Testing

@testable import AuthorizationWorker

/// A broker that answers no question before the gate opens.
private struct SlowChannel: RequestChannel {
  let gate = Gate()
  let questionCount = NIOLockedValueBox(0)

  func publish(_ message: OutgoingMessage) async throws(RabbitMQError) -> PublishOutcome { .confirmed }
  func acknowledge(_ tag: DeliveryTag) async {}
  func reject(_ tag: DeliveryTag, requeue: Bool) async {}

  func queueExists(_ name: ShortString) async throws(RabbitMQError) -> Bool {
    questionCount.withLockedValue { $0 += 1 }
    await gate.wait()
    return false
  }
}

@Suite("Requester probe", .timeLimit(.minutes(1)))
struct RequesterProbeTests {
  private let loop: EventLoop

  init() throws {
    loop = try EventLoop(name: "test")
  }

  @Test("the broker's word counts, and where it can give none the requester is taken to be there")
  func answers() async throws {
    let probe = RequesterProbe(loop: loop, maximumCount: 1)
    #expect(await probe.isRequesterThere("replies", on: FakeChannel(existingQueues: .success(["replies"]))))
    #expect(await !probe.isRequesterThere("gone", on: FakeChannel(existingQueues: .success(["replies"]))))
    #expect(await probe.isRequesterThere("gone", on: FakeChannel(existingQueues: .failure(RabbitMQError(.connectionLost, "")))))
  }

  @Test("a broker that does not answer is not waited for, and not asked more than so many times")
  func bounds() async throws {
    let probe = RequesterProbe(loop: loop, maximumCount: 2, timeout: .zero)
    let channel = SlowChannel()
    for _ in 0..<5 { #expect(await probe.isRequesterThere("gone", on: channel)) }
    #expect(channel.questionCount.withLockedValue(\.self) == 2)
    // Once it answers again it is asked again.
    await channel.gate.open()
    while await probe.isRequesterThere("gone", on: FakeChannel(existingQueues: .success([]))) { await Task.yield() }
  }
}
