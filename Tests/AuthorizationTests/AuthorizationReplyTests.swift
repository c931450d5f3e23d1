import Authorization
import Testing

@Suite("AuthorizationReply")
struct AuthorizationReplyTests {
  @Test("A reply is encoded with the contract's names, in its order, absent fields left out")
  func encodes() {
    let hit = AuthorizationReply(
      reason: .destinationNotInList,
      message: "User 'alice' does not have access to destination 'BAR'",
      cacheOutcome: .hit
    )
    #expect(
      text(hit)
        == #"{"decision":"deny","reason":"destination_not_in_list","#
        + #""message":"User 'alice' does not have access to destination 'BAR'","cache_outcome":"hit"}"#
    )
    let full = AuthorizationReply(
      reason: .fetchFailed,
      message: "m",
      cacheOutcome: .missFetched,
      fetchOutcome: .http5xx,
      requestID: "r\"1"
    )
    #expect(
      text(full)
        == #"{"decision":"unavailable","reason":"fetch_failed","message":"m","cache_outcome":"miss_fetched","#
        + #""fetch_outcome":"http_5xx","request_id":"r\"1"}"#
    )
  }

  @Test("Each reason belongs to one decision and has its name on the wire")
  func reasons() {
    let names = Reason.allCases.map { "\($0.decision.rawValue)/\($0.rawValue)" }
    #expect(
      names == [
        "allow/destination_in_list", "allow/admin_bypass", "deny/destination_not_in_list", "deny/match_key_missing",
        "deny/invalid_request", "unavailable/fetch_failed", "unavailable/expired", "unavailable/shutting_down",
        "unavailable/overloaded",
      ]
    )
    #expect(ReplyCacheOutcome.allCases.map(\.rawValue) == ["hit", "miss_coalesced", "miss_fetched", "none"])
    #expect(
      Set(FetchOutcome.allCases.map(\.rawValue))
        == ["success", "http_401", "http_403", "http_4xx", "http_5xx", "invalid_response", "unreachable"]
    )
  }

  @Test("What is encoded decodes to the same reply", arguments: Reason.allCases)
  func roundTrip(_ reason: Reason) {
    for fetchOutcome in FetchOutcome.allCases.map(Optional.some) + [nil] {
      let reply = AuthorizationReply(
        reason: reason,
        message: "m",
        cacheOutcome: .missFetched,
        fetchOutcome: fetchOutcome,
        requestID: "r"
      )
      #expect(AuthorizationReply(decoding: reply.encoded()) == reply)
    }
  }

  @Test("An unknown reason is tolerated, and so are unknown fields and null in an optional one")
  func toleratesNews() {
    let reply = decode(
      #"{"decision":"allow","reason":"owner","message":"","cache_outcome":"hit","news":[1],"fetch_outcome":null}"#
    )
    #expect(reply.decision == .allow)
    #expect(reply.reason == nil)
    #expect(decode(#"{"decision":"deny","reason":"banned","message":"","cache_outcome":"none"}"#).decision == .deny)
  }

  @Test(
    "Odd input becomes unavailable, never allow",
    arguments: [
      "", "allow", "null", "[]", "{}", #""allow""#, #"{"decision":"allow"}"#,
      #"{"decision":"Allow","reason":"destination_in_list","message":"","cache_outcome":"hit"}"#,
      #"{"decision":"allowed","reason":"destination_in_list","message":"","cache_outcome":"hit"}"#,
      #"{"decision":true,"reason":"destination_in_list","message":"","cache_outcome":"hit"}"#,
      #"{"decision":null,"reason":"destination_in_list","message":"","cache_outcome":"hit"}"#,
      #"{"decision":["allow"],"reason":"destination_in_list","message":"","cache_outcome":"hit"}"#,
      #"{"decision":"allow","reason":"destination_not_in_list","message":"","cache_outcome":"hit"}"#,
      #"{"decision":"allow","reason":"fetch_failed","message":"","cache_outcome":"hit"}"#,
      #"{"decision":"deny","decision":"allow","reason":"destination_in_list","message":"","cache_outcome":"hit"}"#,
      #"{"decision":"allow","decision":"allow","reason":"destination_in_list","message":"","cache_outcome":"hit"}"#,
      #"{"decision":"allow","reason":1,"message":"","cache_outcome":"hit"}"#,
      #"{"decision":"allow","reason":"destination_in_list","message":1,"cache_outcome":"hit"}"#,
      #"{"decision":"allow","reason":"destination_in_list","message":"","cache_outcome":"maybe"}"#,
      #"{"decision":"allow","reason":"destination_in_list","message":"","cache_outcome":"hit","fetch_outcome":"odd"}"#,
      #"{"decision":"allow","reason":"destination_in_list","message":"","cache_outcome":"hit","request_id":1}"#,
      #"{"decision":"allow","reason":"destination_in_list","message":"","cache_outcome":"hit"} {}"#,
      #"{"decision":"allow","reason":"destination_in_list","message":"","cache_outcome":"hit","x":}"#,
      #"{"decision":"allow","reason":"destination_in_list","message":"","cache_outcome":"hit""#,
      #"{"reason":"destination_in_list","message":"","cache_outcome":"hit"}"#,
      #"{"decision":"allow","message":"","cache_outcome":"hit"}"#,
      #"{"decision":"allow","reason":"destination_in_list","cache_outcome":"hit"}"#,
      #"{"decision":"allow","reason":"destination_in_list","message":""}"#,
    ]
  )
  func oddInput(_ body: String) {
    #expect(decode(body).decision == .unavailable)
    #expect(decode(body).reason == nil)
  }

  @Test("Every truncation of an allow becomes unavailable")
  func truncated() {
    let allow = AuthorizationReply(reason: .destinationInList, message: "m", cacheOutcome: .hit).encoded()
    for length in 0..<allow.count {
      #expect(AuthorizationReply(decoding: Array(allow[..<length])).decision == .unavailable)
    }
  }

  private func decode(_ body: String) -> AuthorizationReply {
    AuthorizationReply(decoding: Array(body.utf8))
  }

  private func text(_ reply: AuthorizationReply) -> String {
    String(decoding: reply.encoded(), as: UTF8.self)
  }
}
