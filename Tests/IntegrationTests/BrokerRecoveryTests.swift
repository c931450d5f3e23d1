import AuthorizationClient
import Foundation
import TestSupport
import Testing

/// What concerns a whole broker: alarms, restarts, its settings.
@Suite("Recovery of a broker", .serialized, .timeLimit(.minutes(4)))
struct BrokerRecoveryTests {
  private static let ownBroker = Task { try await TestBroker() }

  /// In milliseconds.
  private static func channelLimits(timeout: Int, tickInterval: Int) -> String {
    """
    application:set_env(rabbit, consumer_timeout, \(timeout)),
    application:set_env(rabbit, channel_tick_interval, \(tickInterval)).
    """
  }

  static let alarms = [
    (set: ["set_vm_memory_high_watermark", "0.00001"], clear: ["set_vm_memory_high_watermark", "0.4"]),
    (set: ["set_disk_free_limit", "1000000GB"], clear: ["set_disk_free_limit", "20MB"]),
  ]

  @Test("while the broker is out of memory, or of disk, what is in hand is kept, and answered afterwards", arguments: alarms)
  func alarm(_ alarm: (set: [String], clear: [String])) async throws {
    let broker = try await Self.ownBroker.value
    let stack = try await Stack(broker: broker)
    // A first worker takes the requests and dies: so they are in the queue before the alarm, which would keep them out.
    let first = try await stack.startWorker()
    for simulator in stack.simulators { try await simulator.fault(#"{"hang": true}"#) }
    let client = try await stack.client()
    let questions = Questions(client)
    try await first.waitForEvent("auth.ecpds.check.started", count: 3)
    first.process.signal(SIGKILL)
    await first.process.exitStatus()
    for simulator in stack.simulators { try await simulator.clearFaults() }
    try await broker.control(alarm.set)
    let worker = try await stack.startWorker()
    try await worker.waitForEvent("amqp.connection.blocked")
    #expect(try await worker.metric("aviso_ecpds_requests_in_flight") ?? 0 >= 1)
    #expect(try await worker.get("/healthz").status == 200)
    try await broker.control(alarm.clear)
    try await worker.waitForEvent("amqp.connection.unblocked")
    try await questions.expectAnswers()
    #expect(worker.events("amqp.connection.lost").isEmpty)
    await client.close()
    #expect(await worker.drain() == 0)
  }

  @Test("a consumer's channel that the broker closes is made anew, and what was in hand is answered")
  func consumerChannelClosed() async throws {
    let broker = try await Self.ownBroker.value
    // The broker closes the channel of a consumer that keeps a delivery for longer; it looks twice a second.
    try await broker.control(["eval", Self.channelLimits(timeout: 1000, tickInterval: 500)])
    let stack = try await Stack(broker: broker)
    let worker = try await stack.startWorker()
    for simulator in stack.simulators { try await simulator.fault(#"{"latency_ms": 2500}"#) }
    let client = try await stack.client()
    let questions = Questions(client)
    let lost = try await worker.waitForEvent("amqp.connection.lost")
    #expect(lost.contains("PRECONDITION_FAILED"))
    try await questions.expectAnswers()
    await client.close()
    #expect(await worker.drain() == 0)
    try await broker.control(["eval", Self.channelLimits(timeout: 1_800_000, tickInterval: 60_000)])
  }

  @Test("a worker that is started before its broker waits for it")
  func brokerStartsLater() async throws {
    let broker = try await Self.ownBroker.value
    let stack = try await Stack(broker: broker)
    try await broker.command("stop", answer: "stopped")
    let worker = try Worker(stack, stack.configuration())
    try await worker.waitForEvent("amqp.connection.failed")
    try await worker.waitForEvent("amqp.connection.retried")
    #expect(try await worker.get("/readyz").status == 503)
    try await broker.command("start", answer: "ready")
    try await worker.waitForEvent("amqp.connection.established")
    #expect(try await worker.get("/readyz").status == 200)
    let client = try await stack.client()
    try await Questions(client).expectAnswers()
    await client.close()
    #expect(await worker.drain() == 0)
  }
}
