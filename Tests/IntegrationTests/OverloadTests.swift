import Authorization
import AuthorizationClient
import Foundation
import RabbitMQClient
import StrictJSON
import TestSupport
import Testing

/// What a slow ECPDS and late requests do to the others: nothing.
@Suite("Overload and lateness", .serialized, .timeLimit(.minutes(3)))
struct OverloadTests {
  private func reply(_ client: RawClient) async throws -> AuthorizationReply {
    AuthorizationReply(decoding: try #require(await client.deliveries.first { _ in true }).body)
  }

  @Test("while ECPDS hangs, requests of cached users are answered, and no more of the others wait than may")
  func slowServers() async throws {
    let stack = try await Stack()
    // The servers hang for longer than the test may last, however slow the programs are.
    let worker = try await stack.startWorker([
      "amqp.prefetch": "20", "worker.max_waiting": "10", "ecpds.request_timeout_seconds": "200",
    ])
    let client = try await stack.client()
    func ask(_ user: String) async throws -> AuthorizationReply {
      try await client.checkAccess(
        AuthorizationRequest(username: .init(user), identifier: ["destination": "CIP"]),
        timeout: .seconds(200)
      )
    }
    #expect(try await ask("alice").decision == .allow)
    for simulator in stack.simulators { try await simulator.fault(#"{"hang": true}"#) }
    let waiting = (0..<10).map { number in Task { try await ask("user-\(number)") } }
    while try await worker.metric("aviso_ecpds_requests_waiting") != 10 { try await Task.sleep(for: .milliseconds(10)) }
    for number in 0..<200 {
      if number % 5 == 0 {
        #expect(try await ask("user-\(number + 10)").reason == .overloaded)
      } else {
        #expect(try await ask("alice").cacheOutcome == .hit)
      }
    }
    #expect(try await worker.metric(#"aviso_ecpds_unavailable_total{reason="overloaded"}"#) == 40)
    #expect(try await worker.metric("aviso_ecpds_requests_waiting") == 10)
    for task in waiting { task.cancel() }
    await client.close()
    worker.process.signal(SIGKILL)
  }

  @Test("when the broker is lost while ECPDS hangs, and lost once more, what comes again holds cached users up only shortly")
  func slowServersAndLostBroker() async throws {
    let stack = try await Stack()
    let worker = try await stack.startWorker(["amqp.prefetch": "400", "ecpds.request_timeout_seconds": "600"])
    let client = try await stack.client()
    func ask(_ user: String) async throws -> AuthorizationReply {
      // A second for each that comes again would be too long.
      try await client.checkAccess(
        AuthorizationRequest(username: .init(user), identifier: ["destination": "CIP"]),
        timeout: .seconds(100)
      )
    }
    #expect(try await ask("alice").decision == .allow)
    for simulator in stack.simulators { try await simulator.fault(#"{"hang": true}"#) }
    let waiting = (0..<300).map { number in Task { try await ask("user-\(number)") } }
    while try await worker.metric("aviso_ecpds_requests_waiting") != 300 { try await Task.sleep(for: .milliseconds(10)) }
    try await stack.management.closeConnection(try await worker.connectionName("consumer"))
    #expect(try await ask("alice").cacheOutcome == .hit)
    #expect(try await worker.metric("aviso_ecpds_requests_redelivered_total") == 300)
    try await stack.management.closeConnection(try await worker.connectionName("consumer"))
    #expect(try await ask("alice").cacheOutcome == .hit)
    for task in waiting { #expect(try await task.value.reason == .overloaded) }
    await client.close()
    worker.process.signal(SIGKILL)
  }

  @Test("a request whose sender has gone, by its own timestamp, is answered expired without a fetch")
  func expired() async throws {
    let stack = try await Stack()
    let worker = try await stack.startWorker()
    let client = try await RawClient.open(stack, consuming: "replies", isOwn: true)
    let now = UInt64(Date().timeIntervalSince1970)
    for (age, expiration) in [(3600, nil), (10, "5000")] as [(UInt64, ShortString?)] {
      try await client.ask("alice") {
        $0.timestamp = now - age
        $0.expiration = expiration
      }
      let reply = try await reply(client)
      #expect(reply.reason == .expired)
      #expect(reply.cacheOutcome == ReplyCacheOutcome.none)
    }
    for simulator in stack.simulators { #expect(try await simulator.requestCount(of: "alice") == 0) }
    try await client.ask("alice") {
      $0.timestamp = now
      $0.expiration = "60000"
    }
    #expect(try await reply(client).decision == .allow)
    #expect(await worker.drain() == 0)
    await client.close()
  }

  @Test("where it is asked for, ECPDS is not troubled for a Direct Reply-to caller that has gone")
  func probesRequester() async throws {
    let stack = try await Stack()
    let settings = ["worker.probe_requester": "true"]
    #expect(await (try await stack.startWorker(settings)).drain() == 0)
    let caller = try await RawClient.open(stack, consuming: "amq.rabbitmq.reply-to")
    try await caller.ask("alice")
    await caller.close()
    let worker = try await stack.startWorker(settings)
    #expect(try await worker.waitForEvent("auth.ecpds.check.unavailable").contains(#""reason":"expired""#))
    for simulator in stack.simulators { #expect(try await simulator.requestCount(of: "alice") == 0) }
    let client = try await stack.client()
    let reply = try await client.checkAccess(
      AuthorizationRequest(username: "alice", identifier: ["destination": "CIP"]),
      timeout: .seconds(30)
    )
    #expect(reply.decision == .allow)
    #expect(await worker.drain() == 0)
    await client.close()
  }
}
