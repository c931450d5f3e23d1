import Authorization
import InMemoryLogging
import Logging
import StrictJSON
import Testing

@Suite("AuthorizationMetrics")
struct AuthorizationMetricsTests {
  @Test("Every label value is there at zero from the start")
  func startsAtZero() {
    let harness = Harness(["a": .list(), "b": .list()])
    let fetchOutcomes = ["success", "http_401", "http_403", "http_4xx", "http_5xx", "invalid_response", "unreachable"]
    let keys =
      ["aviso_ecpds_cache_hits_total", "aviso_ecpds_cache_misses_total"]
      + ["allow", "deny_destination", "deny_match_key_missing", "unavailable", "admin_bypass", "error"].map {
        "aviso_ecpds_access_decisions_total{outcome=\($0)}"
      }
      + fetchOutcomes.map { "aviso_ecpds_fetch_total{outcome=\($0)}" }
      + ["hit", "miss_coalesced", "miss_fetched", "none"].map { "aviso_ecpds_check_duration_seconds{cache_outcome=\($0)}" }
      + ["0", "1"].flatMap { index in
        fetchOutcomes.map { "aviso_ecpds_fetch_duration_seconds{server_index=\(index),outcome=\($0)}" }
      }
    for key in keys {
      #expect(harness.metrics.count(key) == 0, "\(key)")
    }
  }

  @Test("Each decision counts once, under its own label")
  func decisions() async {
    let harness = Harness(["a": .list("CIP")], adminRoles: ["ecmwf": ["admin"]])
    _ = await harness.check("alice", "CIP")
    _ = await harness.check("alice", "NOPE")
    _ = await harness.checker.checkAccess(AuthorizationRequest(username: "alice", identifier: [:]))
    _ = await harness.checker.checkAccess(
      AuthorizationRequest(username: "root", identifier: [:], realm: "ecmwf", roles: ["admin"])
    )
    await harness.transport.answer("a", with: .status(500))
    _ = await harness.check("bob", "CIP")
    _ = harness.checker.refuse(AuthorizationRequestError(.notJSON, "The body is not JSON"))
    #expect(
      harness.metrics.nonZero("aviso_ecpds_access_decisions_total") == [
        "{outcome=allow}": 1, "{outcome=deny_destination}": 1, "{outcome=deny_match_key_missing}": 1,
        "{outcome=admin_bypass}": 1, "{outcome=unavailable}": 1, "{outcome=error}": 1,
      ]
    )
    #expect(harness.metrics.count("aviso_ecpds_cache_hits_total") == 1)
    #expect(harness.metrics.count("aviso_ecpds_cache_misses_total") == 2)
    #expect(harness.metrics.nonZero("aviso_ecpds_fetch_total") == ["{outcome=success}": 1, "{outcome=http_5xx}": 1])
  }

  @Test("Decisions made without the checker are counted where they belong")
  func foreignDecisions() {
    let metrics = TestMetrics()
    let authorizationMetrics = AuthorizationMetrics(factory: metrics, serverCount: 0)
    authorizationMetrics.recordDecision(.expired)
    authorizationMetrics.recordDecision(.overloaded)
    authorizationMetrics.recordDecision(.invalidRequest)
    #expect(metrics.nonZero("aviso_ecpds_access_decisions_total") == ["{outcome=unavailable}": 2, "{outcome=error}": 1])
  }

  @Test("Durations are recorded in nanoseconds, by cache outcome and by server and outcome")
  func durations() async {
    let harness = Harness(["a": .list("CIP"), "b": .status(403)], policy: .anySuccess)
    _ = await harness.check()
    _ = await harness.check()
    let hits = harness.metrics.recorded("aviso_ecpds_check_duration_seconds{cache_outcome=hit}") ?? []
    let misses = harness.metrics.recorded("aviso_ecpds_check_duration_seconds{cache_outcome=miss_fetched}") ?? []
    #expect(hits.count == 1)
    #expect(misses.count == 1)
    #expect((hits + misses).allSatisfy { $0 >= 1_000_000 && $0 % 1_000_000 == 0 && $0 < 100_000_000 })
    #expect(
      Set(harness.metrics.nonZero("aviso_ecpds_fetch_duration_seconds").keys) == [
        "{server_index=0,outcome=success}", "{server_index=1,outcome=http_403}",
      ]
    )
  }
}

@Suite("Log events")
struct LogTests {
  @Test("An allowed check on a miss and on a hit logs the contract's events with their attributes")
  func allowed() async {
    let harness = Harness(["a": .list("CIP")])
    let request = AuthorizationRequest(
      username: "alice",
      identifier: ["destination": "CIP"],
      eventType: "dissemination",
      requestID: "r-1"
    )
    _ = await harness.checker.checkAccess(request)
    _ = await harness.checker.checkAccess(request)
    let context = "event_type=dissemination request_id=r-1"
    #expect(
      harness.logLines == [
        "debug auth.ecpds.check.started \(context) username=alice",
        "debug auth.ecpds.fetch.succeeded server=https://a server_index=0 username=alice",
        "debug auth.ecpds.cache.miss \(context) username=alice",
        "info auth.ecpds.check.allowed cache_outcome=miss_fetched \(context) username=alice",
        "debug auth.ecpds.check.started \(context) username=alice",
        "debug auth.ecpds.cache.hit \(context) username=alice",
        "info auth.ecpds.check.allowed cache_outcome=hit \(context) username=alice",
      ]
    )
  }

  @Test("Denials are warnings with aviso's reason names")
  func denied() async {
    let harness = Harness(["a": .list("CIP")], logLevel: .info)
    _ = await harness.check("alice", "NOPE")
    _ = await harness.checker.checkAccess(AuthorizationRequest(username: "alice", identifier: [:]))
    let error = AuthorizationRequestError(.usernameMissing, "The username is missing", requestID: "r-1")
    let reply = harness.checker.refuse(error)
    #expect(reply == AuthorizationReply(reason: .invalidRequest, message: "The username is missing", requestID: "r-1"))
    #expect(
      harness.logLines == [
        "warning auth.ecpds.check.denied reason=DestinationNotInList username=alice",
        "warning auth.ecpds.check.denied reason=MatchKeyMissing username=alice",
        "warning auth.ecpds.check.denied error=username_missing: The username is missing reason=InvalidRequest request_id=r-1",
      ]
    )
  }

  @Test("An unavailable decision and the fetch that failed are warnings")
  func unavailable() async {
    let harness = Harness(["a": .status(401)], logLevel: .info)
    _ = await harness.check()
    #expect(
      harness.logLines == [
        "warning auth.ecpds.fetch.failed error=http_401: The server answered with status 401 server=https://a server_index=0 username=alice",
        "warning auth.ecpds.check.unavailable fetch_outcome=http_401 reason=fetch_failed username=alice",
      ]
    )
  }

  @Test("An administrator's check logs the bypass")
  func bypass() async {
    let harness = Harness(["a": .list()], adminRoles: ["ecmwf": ["admin"]])
    _ = await harness.checker.checkAccess(
      AuthorizationRequest(username: "root", identifier: [:], realm: "ecmwf", roles: ["admin"])
    )
    #expect(harness.logLines == ["debug auth.ecpds.check.started username=root", "debug auth.ecpds.admin.bypass username=root"])
  }

  @Test("Skipped records are counted in the log, inactive and nameless ones apart")
  func skipped() async {
    let harness = Harness(["a": .ok(fixtures["record_without_name"] ?? "")])
    _ = await harness.fetcher.fetchReport(for: "alice", logger: harness.logger)
    let context = "server=https://a server_index=0 skipped=2 target_field=name total=6 username=alice"
    #expect(
      harness.logLines == [
        "debug auth.ecpds.fetch.succeeded server=https://a server_index=0 username=alice",
        "debug auth.ecpds.fetch.skipped_inactive \(context)", "debug auth.ecpds.fetch.skipped_record \(context)",
      ]
    )
  }

  @Test("Messages are constant: nothing of the request is in them")
  func constantMessages() async {
    let harness = Harness(["a": .status(500)])
    _ = await harness.check("alice", "CIP")
    #expect(harness.logs.entries.allSatisfy { !"\($0.message)".contains("alice") && !"\($0.message)".contains("500") })
    #expect(harness.logs.entries.count == 4)
  }

  @Test("Below the logger's level the attributes are not evaluated")
  func lazyAttributes() {
    let logger = Harness([:], logLevel: .info).logger
    var evaluations = 0
    func attributes() -> KeyValuePairs<Logger.AttributeKey, Logger.MetadataValue?> {
      evaluations += 1
      return [:]
    }
    logger.record(.checkStarted, attributes())
    #expect(evaluations == 0)
    logger.record(.checkAllowed, attributes())
    #expect(evaluations == 1)
  }

  @Test("A check's own logger takes its records, the fetch's included")
  func ownLogger() async {
    let harness = Harness(["a": .list("CIP")])
    let own = InMemoryLogHandler()
    var logger = Logger(label: "own") { _ in own }
    logger.logLevel = .debug
    _ = await harness.checker.checkAccess(
      AuthorizationRequest(username: "alice", identifier: ["destination": "CIP"]),
      logger: logger
    )
    #expect(own.entries.count == 4)
    #expect(harness.logs.entries.isEmpty)
  }
}
