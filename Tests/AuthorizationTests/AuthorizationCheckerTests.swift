import Authorization
import StrictJSON
import Testing

@Suite("AuthorizationChecker: the decision")
struct AuthorizationCheckerTests {
  @Test("A destination in the list is allowed, one that is not is denied")
  func membership() async {
    let harness = Harness(["a": .ok(fixtures["destinations"] ?? "")])
    #expect(
      await harness.check("alice", "CIP")
        == AuthorizationReply(
          reason: .destinationInList,
          message: "User 'alice' has access to destination 'CIP'",
          cacheOutcome: .missFetched,
          fetchOutcome: .success
        )
    )
    #expect(
      await harness.check("alice", "NOPE")
        == AuthorizationReply(
          reason: .destinationNotInList,
          message: "User 'alice' does not have access to destination 'NOPE'",
          cacheOutcome: .hit
        )
    )
    #expect(await harness.check("alice", "BAR").reason == .destinationNotInList)
  }

  @Test("The destination is compared by bytes, case and normalisation included")
  func exactDestination() async {
    let harness = Harness(["a": .list("CIP", "\u{E9}")])
    #expect(await harness.check("alice", "\u{E9}").decision == .allow)
    for other: ExactString in ["cip", "CIP ", " CIP", "CI", "CIPX", "", "e\u{301}"] {
      #expect(await harness.check("alice", other).decision == .deny)
    }
  }

  @Test(
    "A record whose active is missing, false or a string denies",
    arguments: ["", #","active":false"#, #","active":"true""#]
  )
  func inactive(_ active: String) async {
    let harness = Harness(["a": .ok(#"{"destinationList":[{"name":"CIP"\#(active)}],"success":"yes"}"#)])
    #expect(await harness.check().reason == .destinationNotInList)
  }

  @Test("An identifier without the match key is denied without a lookup")
  func matchKeyMissing() async {
    let harness = Harness(["a": .list("CIP")], matchKey: "target")
    let reply = await harness.check("alice", "CIP")
    #expect(reply.reason == .matchKeyMissing)
    #expect(reply.decision == .deny)
    #expect(reply.cacheOutcome == .none)
    #expect(reply.fetchOutcome == nil)
    #expect(await harness.transport.requests.isEmpty)
    #expect(harness.metrics.nonZero("aviso_ecpds_cache").isEmpty)
  }

  @Test("The request's ID is echoed, and no ID where there was none")
  func requestID() async {
    let harness = Harness(["a": .list("CIP")])
    let request = AuthorizationRequest(username: "alice", identifier: ["destination": "CIP"], requestID: "r-1")
    #expect(await harness.checker.checkAccess(request).requestID == "r-1")
    #expect(await harness.check().requestID == nil)
  }

  @Test("success YES fails the fetch")
  func successYes() async {
    let harness = Harness(["a": .ok(#"{"destinationList":[{"name":"CIP","active":true}],"success":"YES"}"#)])
    let reply = await harness.check()
    #expect(reply.reason == .fetchFailed)
    #expect(reply.fetchOutcome == .invalidResponse)
  }

  @Test("A 401 outranks a dead server")
  func worstOutcome() async {
    let harness = Harness(["a": .error(.unreachable), "b": .status(401)])
    #expect(await harness.check().fetchOutcome == .http401)
  }

  @Test("strict: one failing server makes the decision unavailable")
  func strict() async {
    let harness = Harness(["a": .list("CIP"), "b": .status(500)])
    let reply = await harness.check()
    #expect(reply.decision == .unavailable)
    #expect(reply.reason == .fetchFailed)
    #expect(reply.fetchOutcome == .http5xx)
  }

  @Test("any_success: a partial failure is the outcome of a fetch that succeeds")
  func anySuccess() async {
    let harness = Harness(["a": .list("CIP"), "b": .status(500)], policy: .anySuccess)
    let reply = await harness.check()
    #expect(reply.decision == .allow)
    #expect(reply.cacheOutcome == .missFetched)
    #expect(reply.fetchOutcome == .http5xx)
    #expect(harness.metrics.nonZero("aviso_ecpds_fetch_total") == ["{outcome=http_5xx}": 1])
    #expect(await harness.check().cacheOutcome == .hit)
  }

  @Test("A check whose task is cancelled is unavailable")
  func cancelled() async {
    let harness = Harness(["a": .list("CIP")])
    let reply = await withTaskGroup(of: AuthorizationReply.self) { group in
      group.cancelAll()
      group.addTask { await harness.check() }
      return await group.next()
    }
    #expect(reply?.decision == .unavailable)
    #expect(reply?.reason == .overloaded)
    #expect(reply?.cacheOutcome == ReplyCacheOutcome.none)
  }
}

@Suite("AuthorizationChecker: administrators")
struct AdminBypassTests {
  @Test(
    "Realm and role together let an administrator pass without a lookup, even without match key",
    arguments: [("ecmwf", ["admin"]), ("ecmwf", ["user", "operator"]), ("other", ["root", "admin"])]
      as [(ExactString, [ExactString])]
  )
  func bypass(_ realm: ExactString, _ roles: [ExactString]) async {
    let harness = administered()
    for identifier: [ExactString: ExactString] in [["destination": "NOPE"], [:]] {
      let reply = await harness.checker.checkAccess(
        AuthorizationRequest(username: "alice", identifier: identifier, realm: realm, roles: roles)
      )
      #expect(reply.decision == .allow)
      #expect(reply.reason == .adminBypass)
      #expect(reply.cacheOutcome == .none)
    }
    #expect(await harness.transport.requests.isEmpty)
    #expect(harness.metrics.nonZero("aviso_ecpds_access_decisions_total") == ["{outcome=admin_bypass}": 2])
  }

  @Test(
    "Anything less goes the ordinary way",
    arguments: [
      (nil, nil), ("ecmwf", nil), (nil, ["admin"]), ("ecmwf", []), ("ecmwf", ["user"]), ("other", ["admin"]),
      ("ECMWF", ["admin"]),
      ("ecmwf", ["Admin"]), ("ecmwf", ["admin "]), ("", ["admin"]), ("nobody", [""]), ("\u{212A}", ["admin"]),
    ] as [(ExactString?, [ExactString]?)]
  )
  func noBypass(_ realm: ExactString?, _ roles: [ExactString]?) async {
    let harness = Harness(
      ["a": .list("CIP")],
      adminRoles: ["ecmwf": ["admin", "operator"], "other": ["root"], "nobody": [], "K": ["admin"]]
    )
    let reply = await harness.checker.checkAccess(
      AuthorizationRequest(username: "alice", identifier: ["destination": "NOPE"], realm: realm, roles: roles)
    )
    #expect(reply.reason == .destinationNotInList)
  }

  private func administered() -> Harness {
    Harness(["a": .list("CIP")], adminRoles: ["ecmwf": ["admin", "operator"], "other": ["root"]])
  }
}
