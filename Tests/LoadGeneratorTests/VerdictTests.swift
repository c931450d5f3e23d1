import Authorization
import Testing

@testable import LoadGenerator

@Suite("Verdict")
struct VerdictTests {
  private func verdict(_ reply: AuthorizationReply, expected: Reason) -> Verdict {
    Verdict(of: reply, expected: expected, requestID: "r-1")
  }

  private func reply(_ reason: Reason, requestID: String? = "r-1") -> AuthorizationReply {
    AuthorizationReply(reason: reason, message: "", requestID: requestID)
  }

  static let expectations: [Reason] = [.destinationInList, .destinationNotInList, .matchKeyMissing]

  @Test("an answer is right when it has the reason that is expected", arguments: expectations)
  func right(reason: Reason) {
    #expect(verdict(reply(reason), expected: reason) == .right)
  }

  @Test(
    "whatever must be denied and is allowed is wrong, for whatever reason and whosever answer it is",
    arguments: [Reason.destinationNotInList, .matchKeyMissing],
    [Reason.destinationInList, .adminBypass]
  )
  func wrongAllow(expected: Reason, reason: Reason) {
    #expect(verdict(reply(reason), expected: expected) == .wrongAllow)
    #expect(verdict(reply(reason, requestID: "r-2"), expected: expected) == .wrongAllow)
  }

  @Test(
    "what must be allowed and is denied is wrong",
    arguments: [Reason.destinationNotInList, .matchKeyMissing, .invalidRequest]
  )
  func wrongDeny(reason: Reason) {
    #expect(verdict(reply(reason), expected: .destinationInList) == .wrongDeny)
  }

  @Test(
    "the right decision for another reason is wrong too",
    arguments: [
      (Reason.destinationInList, Reason.adminBypass), (.destinationNotInList, .matchKeyMissing),
      (.matchKeyMissing, .destinationNotInList), (.destinationNotInList, .invalidRequest),
    ]
  )
  func wrongReason(expected: Reason, reason: Reason) {
    #expect(verdict(reply(reason), expected: expected) == .wrongOther)
  }

  @Test(
    "that nobody could say is no mistake",
    arguments: expectations,
    [Reason.fetchFailed, .expired, .shuttingDown, .overloaded]
  )
  func unavailable(expected: Reason, reason: Reason) {
    #expect(verdict(reply(reason), expected: expected) == .unavailable)
  }

  @Test("another request's answer is wrong", arguments: ["r-2", nil])
  func otherRequest(requestID: String?) {
    #expect(verdict(reply(.destinationInList, requestID: requestID), expected: .destinationInList) == .wrongOther)
    #expect(verdict(reply(.fetchFailed, requestID: requestID), expected: .destinationInList) == .wrongOther)
  }

  @Test("an answer that is not understood is wrong", arguments: ["", "{}", #"{"decision":"allow"}"#])
  func notUnderstood(body: String) {
    #expect(verdict(AuthorizationReply(decoding: Array(body.utf8)), expected: .destinationInList) == .wrongOther)
  }
}
