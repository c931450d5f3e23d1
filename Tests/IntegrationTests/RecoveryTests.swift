import Authorization
import AuthorizationClient
import Foundation
import StrictJSON
import TestSupport
import Testing

/// What the broker and the network do to a worker, and that it comes back by itself with nothing lost.
@Suite("Recovery", .serialized, .timeLimit(.minutes(4)))
struct RecoveryTests {
  /// For what concerns a whole broker: alarms, restarts, its settings.
  private static let ownBroker = Task { try await TestBroker() }

  private func ask(_ client: AuthorizationClient, count: Int) -> [Task<AuthorizationReply, any Error>] {
    (0..<count).map { number in
      Task {
        try await client.checkAccess(
          AuthorizationRequest(username: .init("user-\(number)"), identifier: ["destination": "CIP"]),
          timeout: .seconds(60)
        )
      }
    }
  }

  /// Each is answered, once, by a list from ECPDS.
  private func expectAnswers(_ questions: [Task<AuthorizationReply, any Error>], _ client: AuthorizationClient) async throws {
    for question in questions { #expect(try await question.value.decision == .deny) }
    #expect(await client.unexpectedReplyCount == 0)
  }

  @Test("a connection that the broker closes is made anew, and what was in hand is answered", arguments: ["consumer", "publisher"])
  func connectionClosed(role: String) async throws {
    let stack = try await Stack()
    let worker = try await stack.startWorker()
    let mark = "-\(worker.process.processIdentifier) \(role)"
    var name: String?
    while name == nil {
      try await Task.sleep(for: .milliseconds(100))
      name = try await stack.management.connections().first { $0.clientName.hasSuffix(mark) }?.name
    }
    for simulator in stack.simulators { try await simulator.fault(#"{"latency_ms": 2000}"#) }
    let client = try await stack.client()
    let questions = ask(client, count: 3)
    try await worker.waitForEvent("auth.ecpds.check.started", count: 3)
    try await stack.management.closeConnection(try #require(name))
    let lost = try await worker.waitForEvent("amqp.connection.lost")
    #expect(lost.contains("CONNECTION_FORCED"))
    try await expectAnswers(questions, client)
    #expect(try await worker.metric("aviso_ecpds_requests_redelivered_total") == 3)
    #expect(worker.events("amqp.connection.established").count == 2)
    await client.close()
    #expect(await worker.drain() == 0)
  }

  @Test("a consumer's channel that the broker closes is made anew, and what was in hand is answered")
  func consumerChannelClosed() async throws {
    let broker = try await Self.ownBroker.value
    // The broker closes the channel of a consumer that keeps a delivery for longer; it looks twice a second.
    let limits = "application:set_env(rabbit, consumer_timeout, 1000), application:set_env(rabbit, channel_tick_interval, 500)."
    try await broker.control(["eval", limits])
    let stack = try await Stack(broker: broker)
    let worker = try await stack.startWorker()
    for simulator in stack.simulators { try await simulator.fault(#"{"latency_ms": 2500}"#) }
    let client = try await stack.client()
    let questions = ask(client, count: 3)
    let lost = try await worker.waitForEvent("amqp.connection.lost")
    #expect(lost.contains("PRECONDITION_FAILED"))
    try await expectAnswers(questions, client)
    await client.close()
    #expect(await worker.drain() == 0)
    let defaults = "application:set_env(rabbit, consumer_timeout, 1800000), application:set_env(rabbit, channel_tick_interval, 60000)."
    try await broker.control(["eval", defaults])
  }

  @Test("a publisher's channel that the broker closes is made anew, and so is the dead-letter exchange that was not there")
  func publisherChannelClosed() async throws {
    let stack = try await Stack()
    let worker = try await stack.startWorker()
    try await stack.management.deleteExchange("aviso.ecpds.dead-letter")
    try await stack.management.publish("no JSON", to: "aviso.ecpds.requests", replyTo: nil)
    let lost = try await worker.waitForEvent("amqp.connection.lost")
    #expect(lost.contains("NOT_FOUND"))
    var deadLetters: [Management.Message] = []
    while deadLetters.isEmpty { deadLetters = try await stack.management.messages(in: "aviso.ecpds.dead-letter") }
    #expect(deadLetters.map(\.deadLetterReason) == ["reply_to_missing"])
    #expect(worker.events("amqp.connection.established").count == 2)
    #expect(await worker.drain() == 0)
    #expect(try await stack.management.messages(in: "aviso.ecpds.requests").isEmpty)
  }

  @Test("a request queue that is deleted is declared anew, and consumed")
  func queueDeleted() async throws {
    let stack = try await Stack()
    let worker = try await stack.startWorker()
    try await stack.management.deleteQueue("aviso.ecpds.requests")
    try await worker.waitForEvent("amqp.connection.lost")
    try await worker.waitForEvent("amqp.connection.established", count: 2)
    let client = try await stack.client()
    try await expectAnswers(ask(client, count: 3), client)
    await client.close()
    #expect(await worker.drain() == 0)
  }

  @Test("a worker that declares nothing waits for the operator to make the deleted queue anew, and consumes it")
  func queueDeletedAndMade() async throws {
    let stack = try await Stack()
    #expect(await (try await stack.startWorker()).drain() == 0)
    let worker = try await stack.startWorker(["amqp.declare": "false"])
    try await stack.management.deleteQueue("aviso.ecpds.requests")
    let failed = try await worker.waitForEvent("amqp.connection.failed")
    #expect(failed.contains("NOT_FOUND"))
    #expect(try await worker.get("/readyz").status == 503)
    try await stack.management.makeQueue("aviso.ecpds.requests", type: "classic")
    try await worker.waitForEvent("amqp.connection.established", count: 2)
    #expect(try await worker.get("/readyz").status == 200)
    let client = try await stack.client()
    try await expectAnswers(ask(client, count: 3), client)
    await client.close()
    #expect(await worker.drain() == 0)
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
    let questions = ask(client, count: 3)
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
    try await expectAnswers(questions, client)
    #expect(worker.events("amqp.connection.lost").isEmpty)
    await client.close()
    #expect(await worker.drain() == 0)
  }

  @Test("a network that swallows everything is noticed by its heartbeats; healed, the worker comes back and nothing is lost")
  func halfOpen() async throws {
    let stack = try await Stack()
    let proxy = try TCPProxy(to: stack.broker.port)
    let worker = try await stack.startWorker([
      "amqp.url": stack.amqpURL(port: proxy.port), "amqp.heartbeat_seconds": "1",
    ])
    for simulator in stack.simulators { try await simulator.fault(#"{"latency_ms": 1000}"#) }
    let client = try await stack.client()
    let questions = ask(client, count: 3)
    try await worker.waitForEvent("auth.ecpds.check.started", count: 3)
    proxy.cut(.silent)
    let lost = try await worker.waitForEvent("amqp.connection.lost")
    #expect(lost.contains("heartbeat"))
    // A connection is made during the cut, and nothing is ever said on it.
    try await worker.waitForEvent("amqp.connection.retried")
    #expect(try await worker.get("/readyz").status == 503)
    proxy.heal()
    try await worker.waitForEvent("amqp.connection.established", count: 2)
    #expect(try await worker.get("/readyz").status == 200)
    // The broker gives the requests of the half-open connection back when it has missed the heartbeats as well.
    try await expectAnswers(questions, client)
    await client.close()
    #expect(await worker.drain() == 0)
    proxy.close()
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
    try await expectAnswers(ask(client, count: 3), client)
    await client.close()
    #expect(await worker.drain() == 0)
  }
}
