import Authorization
import AuthorizationClient
import Foundation
import StrictJSON
import Testing

/// Real worker processes, a real broker, real HTTP.
@Suite("Decisions through the broker", .serialized, .timeLimit(.minutes(3)))
struct DecisionTests {
  private func request(_ user: ExactString, _ destination: ExactString, id: String? = nil) -> AuthorizationRequest {
    AuthorizationRequest(username: user, identifier: ["destination": destination], requestID: id)
  }

  @Test("allow, deny and the ways to them, in both reply modes", arguments: AuthorizationClient.ReplyMode.allCases)
  func decides(replyMode: AuthorizationClient.ReplyMode) async throws {
    let stack = try await Stack()
    let worker = try await stack.startWorker(["admin_roles.ecmwf": "[admin]"])
    let client = try await stack.client(replyMode)
    func ask(_ request: AuthorizationRequest) async throws -> AuthorizationReply {
      try await client.checkAccess(request, timeout: .seconds(20))
    }
    let first = try await ask(request("alice", "CIP", id: "r-1"))
    #expect(first.reason == .destinationInList)
    #expect(first.cacheOutcome == .missFetched)
    #expect(first.fetchOutcome == .success)
    #expect(first.requestID == "r-1")
    let hit = try await ask(request("alice", "FOO"))
    #expect(hit.reason == .destinationInList)
    #expect(hit.cacheOutcome == .hit)
    #expect(hit.fetchOutcome == nil)
    #expect(try await ask(request("alice", "BAR")).reason == .destinationNotInList)
    #expect(try await ask(request("nobody", "CIP")).decision == .deny)
    let missing = try await ask(AuthorizationRequest(username: "alice", identifier: ["class": "od"]))
    #expect(missing.reason == .matchKeyMissing)
    #expect(missing.cacheOutcome == ReplyCacheOutcome.none)
    let admin = AuthorizationRequest(username: "root", identifier: [:], realm: "ecmwf", roles: ["admin"])
    #expect(try await ask(admin).reason == .adminBypass)
    #expect(try await worker.metric(#"aviso_ecpds_access_decisions_total{outcome="allow"}"#) == 2)
    #expect(try await worker.metric(#"aviso_ecpds_access_decisions_total{outcome="deny_destination"}"#) == 2)
    #expect(try await worker.metric(#"aviso_ecpds_replies_total{outcome="confirmed"}"#) == 6)
    #expect(try await worker.metric("aviso_ecpds_cache_size") == 2)
    await client.close()
    #expect(await worker.drain() == 0)
  }

  @Test("a thousand interleaved requests each get the answer to their own question")
  func interleaved() async throws {
    let stack = try await Stack()
    let workers = [try await stack.startWorker(), try await stack.startWorker()]
    let client = try await stack.client()
    let wrong = try await withThrowingTaskGroup(of: Bool.self) { group in
      for number in 0..<1000 {
        // Of alice's and bob's lists, only alice's has CIP.
        let isAlice = number.isMultiple(of: 2)
        group.addTask {
          let question = AuthorizationRequest(
            username: isAlice ? "alice" : "bob",
            identifier: ["destination": number % 3 == 0 ? "CIP" : "FOO"],
            requestID: "r-\(number)"
          )
          let reply = try await client.checkAccess(question, timeout: .seconds(60))
          let expected: Decision = isAlice || number % 3 != 0 ? .allow : .deny
          return reply.requestID != "r-\(number)" || reply.decision != expected
        }
      }
      return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    #expect(wrong == 0)
    #expect(await client.unexpectedReplyCount == 0)
    var shares: [Double] = []
    for worker in workers { shares.append(try await worker.metric("aviso_ecpds_requests_total") ?? 0) }
    #expect(shares.reduce(0, +) == 1000)
    #expect(shares.allSatisfy { $0 > 0 })
    await client.close()
    for worker in workers { #expect(await worker.drain() == 0) }
  }

  @Test("a stampede for one new user is one fetch a server")
  func coalesces() async throws {
    let stack = try await Stack()
    let worker = try await stack.startWorker(["amqp.prefetch": "500"])
    for simulator in stack.simulators { try await simulator.fault(#"{"user": "user-5", "latency_ms": 300}"#) }
    let client = try await stack.client()
    let outcomes = try await withThrowingTaskGroup(of: ReplyCacheOutcome.self) { group in
      for _ in 0..<500 {
        group.addTask { try await client.checkAccess(request("user-5", "CIP"), timeout: .seconds(60)).cacheOutcome }
      }
      return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    }
    #expect(outcomes[.missFetched] == 1)
    #expect(outcomes.values.reduce(0, +) == 500)
    for simulator in stack.simulators { #expect(try await simulator.requestCount(of: "user-5") == 1) }
    #expect(try await worker.metric(#"aviso_ecpds_fetch_total{outcome="success"}"#) == 1)
    await client.close()
    #expect(await worker.drain() == 0)
  }

  struct Fault: Sendable, CustomTestStringConvertible {
    let json: String
    let outcome: FetchOutcome
    var testDescription: String { json }
  }

  @Test(
    "a server at fault makes its user unavailable under strict, and the next request works",
    arguments: [
      Fault(json: #"{"status": 401}"#, outcome: .http401),
      Fault(json: #"{"status": 403}"#, outcome: .http403),
      Fault(json: #"{"status": 404}"#, outcome: .http4xx),
      Fault(json: #"{"status": 302}"#, outcome: .http5xx),
      Fault(json: #"{"status": 503}"#, outcome: .http5xx),
      Fault(json: #"{"body": "malformed"}"#, outcome: .invalidResponse),
      Fault(json: #"{"body": "success_no"}"#, outcome: .invalidResponse),
      Fault(json: #"{"body": "not_utf8"}"#, outcome: .invalidResponse),
      Fault(json: #"{"body": "wrong_type"}"#, outcome: .invalidResponse),
      Fault(json: #"{"body": "oversized"}"#, outcome: .invalidResponse),
      Fault(json: #"{"partial_body": true}"#, outcome: .invalidResponse),
      Fault(json: #"{"reset": true}"#, outcome: .unreachable),
      Fault(json: #"{"hang": true}"#, outcome: .unreachable),
    ]
  )
  func faults(fault: Fault) async throws {
    let stack = try await Stack()
    let worker = try await stack.startWorker(["ecpds.request_timeout_seconds": "2"])
    let client = try await stack.client()
    try await stack.simulators[1].fault(fault.json)
    let reply = try await client.checkAccess(request("alice", "CIP"), timeout: .seconds(30))
    #expect(reply.reason == .fetchFailed)
    #expect(reply.fetchOutcome == fault.outcome)
    #expect(reply.cacheOutcome == .missFetched)
    try await stack.simulators[1].clearFaults()
    let next = try await client.checkAccess(request("alice", "CIP"), timeout: .seconds(30))
    #expect(next.decision == .allow)
    #expect(next.cacheOutcome == .missFetched)
    await client.close()
    #expect(await worker.drain() == 0)
  }

  @Test("under any_success one server is enough, and the reply tells what was wrong with the other")
  func anySuccess() async throws {
    let stack = try await Stack()
    let worker = try await stack.startWorker(["ecpds.partial_outage_policy": "any_success"])
    let client = try await stack.client()
    try await stack.simulators[0].fault(#"{"status": 500}"#)
    let reply = try await client.checkAccess(request("alice", "CIP"), timeout: .seconds(30))
    #expect(reply.decision == .allow)
    #expect(reply.fetchOutcome == .http5xx)
    await client.close()
    #expect(await worker.drain() == 0)
  }
}
