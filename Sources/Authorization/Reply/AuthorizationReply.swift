/// The answer to an ``AuthorizationRequest``. Only ``Decision/allow`` opens anything.
public struct AuthorizationReply: Sendable, Hashable {
  /// What is decided.
  public let decision: Decision
  /// Why. It is nil where no worker has given one: no reply came, or one whose reason is unknown here.
  public let reason: Reason?
  /// The same for people; no part of the contract.
  public let message: String
  /// What the cache had to do with it.
  public let cacheOutcome: ReplyCacheOutcome
  /// How the fetch went, for the request that ran one and for every request that failed with one.
  public let fetchOutcome: FetchOutcome?
  /// The request's ID, echoed.
  public var requestID: String?

  /// Makes a reply; the decision follows from the reason.
  public init(
    reason: Reason,
    message: String,
    cacheOutcome: ReplyCacheOutcome = .none,
    fetchOutcome: FetchOutcome? = nil,
    requestID: String? = nil
  ) {
    self.init(
      decision: reason.decision,
      reason: reason,
      message: message,
      cacheOutcome: cacheOutcome,
      fetchOutcome: fetchOutcome,
      requestID: requestID
    )
  }

  /// What a caller makes of a reply that did not come.
  public init(unavailable message: String) {
    self.init(decision: .unavailable, reason: nil, message: message, cacheOutcome: .none, fetchOutcome: nil, requestID: nil)
  }

  init(
    decision: Decision,
    reason: Reason?,
    message: String,
    cacheOutcome: ReplyCacheOutcome,
    fetchOutcome: FetchOutcome?,
    requestID: String?
  ) {
    self.decision = decision
    self.reason = reason
    self.message = message
    self.cacheOutcome = cacheOutcome
    self.fetchOutcome = fetchOutcome
    self.requestID = requestID
  }
}

/// What is decided. Deny and unavailable are answers, not errors.
public enum Decision: String, Sendable, Hashable, CaseIterable {
  /// The user may see the destination.
  case allow
  /// The user may not.
  case deny
  /// It cannot be said now; callers treat it as a refusal that may pass.
  case unavailable
}

/// Why a decision fell as it did.
public enum Reason: String, Sendable, Hashable, CaseIterable {
  /// The destination is in the user's list.
  case destinationInList = "destination_in_list"
  /// The user's realm and roles are an administrator's.
  case adminBypass = "admin_bypass"
  /// The destination is not in the user's list.
  case destinationNotInList = "destination_not_in_list"
  /// The identifier names no destination.
  case matchKeyMissing = "match_key_missing"
  /// The request breaks the rules for requests.
  case invalidRequest = "invalid_request"
  /// ECPDS gave no list.
  case fetchFailed = "fetch_failed"
  /// The request waited longer than its sender wanted.
  case expired = "expired"
  /// The worker is on its way out.
  case shuttingDown = "shutting_down"
  /// The worker has too much to do.
  case overloaded = "overloaded"

  /// The decision that the reason stands for.
  public var decision: Decision {
    switch self {
    case .destinationInList, .adminBypass: .allow
    case .destinationNotInList, .matchKeyMissing, .invalidRequest: .deny
    case .fetchFailed, .expired, .shuttingDown, .overloaded: .unavailable
    }
  }
}

/// What the cache had to do with a decision.
public enum ReplyCacheOutcome: String, Sendable, Hashable, CaseIterable {
  /// The user's list was there.
  case hit
  /// The list was being fetched for another request.
  case missCoalesced = "miss_coalesced"
  /// The list was fetched for this request.
  case missFetched = "miss_fetched"
  /// The cache was not asked.
  case none
}
