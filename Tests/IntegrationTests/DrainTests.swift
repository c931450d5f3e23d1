import Authorization
import AuthorizationClient
import Foundation
import StrictJSON
import TestSupport
import Testing

@Suite("Drain", .serialized, .timeLimit(.minutes(3)))
struct DrainTests {
  private func ask(_ client: AuthorizationClient, _ numbers: Range<Int>) -> [Task<AuthorizationReply, any Error>] {
    numbers.map { number in
      Task {
        try await client.checkAccess(
          AuthorizationRequest(username: .init("user-\(number)"), identifier: ["destination": "CIP"]),
          timeout: .seconds(60)
        )
      }
    }
  }

  @Test("the first signal answers everything in hand, takes nothing new, and exits 0", arguments: [SIGTERM, SIGINT])
  func drains(signal: Int32) async throws {
    let stack = try await Stack()
    let worker = try await stack.startWorker()
    for simulator in stack.simulators { try await simulator.fault(#"{"latency_ms": 1500}"#) }
    let client = try await stack.client()
    let questions = ask(client, 0..<20)
    try await worker.waitForEvent("auth.ecpds.check.started", count: 20)
    worker.process.signal(signal)
    try await worker.waitForEvent("worker.draining")
    // The end of the consumer is on its way to the broker.
    try await Task.sleep(for: .milliseconds(300))
    let laterQuestions = ask(client, 20..<30)
    #expect(await worker.process.exitStatus() == 0)
    #expect(worker.events("worker.drained").count == 1)
    for question in questions { #expect(try await question.value.decision != .unavailable) }
    // Those that came later are another worker's.
    let first = worker.events("auth.ecpds.check.started").count
    for simulator in stack.simulators { try await simulator.clearFaults() }
    let second = try await stack.startWorker()
    for question in laterQuestions { #expect(try await question.value.decision != .unavailable) }
    // What the broker had on its way when the worker asked it to stop was answered by the first.
    #expect(try await second.metric("aviso_ecpds_requests_total") == Double(30 - first))
    #expect(first < 30)
    #expect(await client.unexpectedReplyCount == 0)
    await client.close()
    #expect(await second.drain() == 0)
  }

  @Test("a second signal ends the worker at once, and what it held is another's")
  func secondSignal() async throws {
    let stack = try await Stack()
    let worker = try await stack.startWorker()
    for simulator in stack.simulators { try await simulator.fault(#"{"hang": true}"#) }
    let client = try await stack.client()
    let questions = ask(client, 0..<5)
    try await worker.waitForEvent("auth.ecpds.check.started", count: 5)
    worker.process.signal(SIGTERM)
    try await worker.waitForEvent("worker.draining")
    worker.process.signal(SIGTERM)
    #expect(await worker.process.exitStatus() == 128 + SIGTERM)
    for simulator in stack.simulators { try await simulator.clearFaults() }
    let second = try await stack.startWorker()
    for question in questions { #expect(try await question.value.decision != .unavailable) }
    #expect(try await second.metric("aviso_ecpds_requests_redelivered_total") == 5)
    await client.close()
    #expect(await second.drain() == 0)
  }

  @Test("the drain is bounded: what is left when its time is up goes back to the queue, and the exit status says so")
  func drainTimesOut() async throws {
    let stack = try await Stack()
    let worker = try await stack.startWorker(["worker.drain_timeout_seconds": "1"])
    for simulator in stack.simulators { try await simulator.fault(#"{"hang": true}"#) }
    let client = try await stack.client()
    let questions = ask(client, 0..<3)
    try await worker.waitForEvent("auth.ecpds.check.started", count: 3)
    #expect(await worker.drain() == 1)
    #expect(worker.process.errorOutput.contains("3 requests unanswered"))
    #expect(worker.events("worker.drain_timed_out").count == 1)
    for simulator in stack.simulators { try await simulator.clearFaults() }
    let second = try await stack.startWorker()
    for question in questions { #expect(try await question.value.decision != .unavailable) }
    #expect(await client.unexpectedReplyCount == 0)
    await client.close()
    #expect(await second.drain() == 0)
  }

  @Test("a broker that is lost during the drain, with a reply not confirmed, makes the drain incomplete")
  func lostWhileDraining() async throws {
    let broker = try await TestBroker()
    let stack = try await Stack(broker: broker)
    let worker = try await stack.startWorker()
    for simulator in stack.simulators { try await simulator.fault(#"{"latency_ms": 1500}"#) }
    let client = try await stack.client()
    let questions = ask(client, 0..<1)
    try await worker.waitForEvent("auth.ecpds.check.started")
    try await broker.command("pause", answer: "paused")
    // The reply is published in the same turn of the loop as the decision, and nobody confirms it.
    try await worker.waitForEvent("auth.ecpds.check.denied")
    worker.process.signal(SIGTERM)
    try await worker.waitForEvent("worker.draining")
    try await broker.command("kill", answer: "killed")
    #expect(await worker.process.exitStatus() == 1)
    #expect(worker.process.errorOutput.contains("1 requests unanswered"))
    for question in questions { await #expect(throws: AuthorizationClientError.self) { try await question.value } }
    broker.process.closeInput()
    await broker.process.exitStatus()
  }

  @Test("a worker whose broker accepts the connection and says nothing ends at the first signal")
  func drainsWhileConnecting() async throws {
    let stack = try await Stack()
    let silent = try SilentServer()
    let worker = try Worker(stack, stack.configuration(["amqp.url": "amqp://guest:guest@127.0.0.1:\(silent.port)"]))
    try await worker.waitForEvent("worker.http.listening")
    try await silent.waitForConnection()
    #expect(await worker.drain() == 0)
    #expect(worker.events("amqp.connection.failed").isEmpty)
  }

  @Test("a worker without a broker ends at the first signal")
  func drainsWithoutBroker() async throws {
    let stack = try await Stack()
    let port = try Loopback.freePort()
    let worker = try Worker(stack, stack.configuration(["amqp.url": "amqp://guest:guest@127.0.0.1:\(port)/%2F"]))
    try await worker.waitForEvent("amqp.connection.failed")
    try await worker.waitForEvent("worker.http.listening")
    #expect(try await worker.get("/readyz").status == 503)
    #expect(try await worker.get("/healthz").status == 200)
    #expect(await worker.drain() == 0)
  }
}
