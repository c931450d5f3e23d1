import AuthorizationClient
import Foundation
import TestSupport
import Testing

/// What becomes of a worker whose connections, channels or queue are gone: it comes back by itself, and nothing is lost.
@Suite("Recovery of connections", .serialized, .timeLimit(.minutes(4)))
struct ConnectionRecoveryTests {
  @Test(
    "a connection that the broker closes is made anew, and what was in hand is answered",
    arguments: ["consumer", "publisher"]
  )
  func connectionClosed(role: String) async throws {
    let stack = try await Stack()
    let worker = try await stack.startWorker()
    let name = try await worker.connectionName(role)
    for simulator in stack.simulators { try await simulator.fault(#"{"latency_ms": 2000}"#) }
    let client = try await stack.client()
    let questions = Questions(client)
    try await worker.waitForEvent("auth.ecpds.check.started", count: 3)
    try await stack.management.closeConnection(name)
    let lost = try await worker.waitForEvent("amqp.connection.lost")
    #expect(lost.contains("CONNECTION_FORCED"))
    try await questions.expectAnswers()
    #expect(try await worker.metric("aviso_ecpds_requests_redelivered_total") == 3)
    #expect(worker.events("amqp.connection.established").count == 2)
    await client.close()
    #expect(await worker.drain() == 0)
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
    try await Questions(client).expectAnswers()
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
    try await Questions(client).expectAnswers()
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
    let questions = Questions(client)
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
    try await questions.expectAnswers()
    await client.close()
    #expect(await worker.drain() == 0)
    proxy.close()
  }
}
