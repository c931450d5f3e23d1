import Authorization
import AuthorizationClient
import Foundation
import StrictJSON
import TestSupport
import Testing

@Suite("Operation", .serialized, .timeLimit(.minutes(4)))
struct OperationTests {
  @Test("a broker that goes and comes back is told once each, and the worker consumes again by itself")
  func reconnects() async throws {
    let broker = try await TestBroker()
    let stack = try await Stack(broker: broker)
    let worker = try await stack.startWorker()
    #expect(try await worker.get("/readyz").status == 200)
    #expect(try await worker.metric("aviso_ecpds_amqp_connected") == 1)
    try await broker.command("stop", answer: "stopped")
    try await worker.waitForEvent("amqp.connection.lost")
    try await worker.waitForEvent("amqp.connection.retried")
    #expect(try await worker.get("/readyz").status == 503)
    #expect(try await worker.get("/healthz").status == 200)
    #expect(try await worker.metric("aviso_ecpds_amqp_connected") == 0)
    try await broker.command("start", answer: "ready")
    try await worker.waitForEvent("amqp.connection.established", count: 2)
    #expect(try await worker.metric("aviso_ecpds_amqp_reconnects_total") == 1)
    #expect(worker.events("amqp.connection.lost").count == 1)
    let client = try await stack.client()
    let reply = try await client.checkAccess(
      AuthorizationRequest(username: "alice", identifier: ["destination": "CIP"]),
      timeout: .seconds(30)
    )
    #expect(reply.decision == .allow)
    await client.close()
    #expect(await worker.drain() == 0)
    broker.process.closeInput()
    await broker.process.exitStatus()
  }

  @Test("a broker that falls silent is noticed by its heartbeats, and the worker consumes again when it is back")
  func heartbeatTimeout() async throws {
    let broker = try await TestBroker()
    let stack = try await Stack(broker: broker)
    let worker = try await stack.startWorker(["amqp.heartbeat_seconds": "3"])
    try await broker.command("pause", answer: "paused")
    // Not ready before the connection is given up: whoever looks must not be told otherwise until then.
    var readiness = try await worker.get("/readyz")
    while readiness.status == 200 { readiness = try await worker.get("/readyz") }
    #expect(readiness.text.contains("nothing has come from the broker for 3 s"))
    #expect(worker.events("amqp.connection.lost").isEmpty)
    let lost = try await worker.waitForEvent("amqp.connection.lost")
    #expect(lost.contains("heartbeat"))
    try await broker.command("resume", answer: "resumed")
    try await worker.waitForEvent("amqp.connection.established", count: 2)
    #expect(try await worker.get("/readyz").status == 200)
    #expect(await worker.drain() == 0)
    broker.process.closeInput()
    await broker.process.exitStatus()
  }

  @Test("every metric of the contract is there from the start, at zero")
  func metricsAtZero() async throws {
    let stack = try await Stack()
    let worker = try await stack.startWorker()
    let text = try await worker.get("/metrics").text
    let outcomes = ["success", "http_401", "http_403", "http_4xx", "http_5xx", "invalid_response", "unreachable"]
    var expected = [
      "aviso_ecpds_cache_hits_total", "aviso_ecpds_cache_misses_total", "aviso_ecpds_cache_size", "aviso_ecpds_requests_total",
      "aviso_ecpds_requests_redelivered_total", "aviso_ecpds_requests_in_flight", "aviso_ecpds_amqp_reconnects_total",
    ]
    for outcome in ["allow", "deny_destination", "deny_match_key_missing", "unavailable", "admin_bypass", "error"] {
      expected.append(#"aviso_ecpds_access_decisions_total{outcome="\#(outcome)"}"#)
    }
    for outcome in outcomes {
      expected.append(#"aviso_ecpds_fetch_total{outcome="\#(outcome)"}"#)
      for server in 0...1 {
        expected.append(#"aviso_ecpds_fetch_duration_seconds_count{outcome="\#(outcome)",server_index="\#(server)"}"#)
      }
    }
    for outcome in ["hit", "miss_coalesced", "miss_fetched", "none"] {
      expected.append(#"aviso_ecpds_check_duration_seconds_count{cache_outcome="\#(outcome)"}"#)
    }
    for outcome in ["confirmed", "returned", "nacked"] { expected.append(#"aviso_ecpds_replies_total{outcome="\#(outcome)"}"#) }
    for series in expected { #expect(text.contains("\n\(series) 0\n"), "\(series)") }
    #expect(text.contains(#"aviso_ecpds_build_info{version="#))
    #expect(text.contains("process_resident_memory_bytes "))
    #expect(await worker.drain() == 0)
  }

  @Test("log lines have OpenTelemetry's fields and carry the caller's trace")
  func logs() async throws {
    let stack = try await Stack()
    let worker = try await stack.startWorker(["logging.level": "trace"])
    let client = try await stack.client()
    _ = try await client.checkAccess(
      AuthorizationRequest(username: "bob", identifier: ["destination": "CIP"]),
      timeout: .seconds(30)
    )
    await client.close()
    #expect(await worker.drain() == 0)
    let line = try #require(worker.events("auth.ecpds.check.denied").first)
    let record = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    #expect(record["severityText"] as? String == "WARN")
    #expect(record["severityNumber"] as? Int == 13)
    #expect(record["body"] as? String == "Access denied")
    #expect((record["timestamp"] as? String)?.hasSuffix("Z") == true)
    #expect((record["resource"] as? [String: Any])?["service.name"] as? String == "aviso-ecpds-worker")
    let attributes = try #require(record["attributes"] as? [String: Any])
    #expect(attributes["username"] as? String == "bob")
    #expect(attributes["reason"] as? String == "DestinationNotInList")
    for name in [
      "worker.started", "amqp.connection.established", "auth.ecpds.check.started", "auth.ecpds.cache.miss",
      "auth.ecpds.fetch.succeeded",
      "worker.draining", "worker.drained", "worker.stopped",
    ] {
      #expect(!worker.events(name).isEmpty, "\(name)")
    }
  }
}
