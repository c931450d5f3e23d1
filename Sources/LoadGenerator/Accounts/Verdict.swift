import Authorization

/// Whether an answer is what it must be.
enum Verdict: Sendable, Hashable {
  case right
  /// Nobody could say, which is no mistake.
  case unavailable
  /// Allowed what must be denied: the worst that can happen.
  case wrongAllow
  /// Denied what must be allowed.
  case wrongDeny
  /// The decision may be right; the reason is another, the answer is another request's, or it is not as the contract has it.
  case wrongOther

  /// - Parameter requestID: what the request sent, and its answer must repeat.
  init(of reply: AuthorizationReply, expected reason: Reason, requestID: String) {
    switch (reply.decision, reason.decision) {
    case (.allow, let expected) where expected != .allow: self = .wrongAllow
    case (.deny, let expected) where expected != .deny: self = .wrongDeny
    // An answer that is not understood is `unavailable` without a reason.
    case (_, _) where reply.requestID != requestID || reply.reason == nil: self = .wrongOther
    case (.unavailable, _): self = .unavailable
    default: self = reply.reason == reason ? .right : .wrongOther
    }
  }
}
