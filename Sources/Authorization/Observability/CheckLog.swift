import Logging
import StrictJSON

/// Logs the steps of one check.
struct CheckLog {
  let logger: Logger
  let request: AuthorizationRequest

  func started() {
    record(.checkStarted)
  }

  func lookedUp(_ outcome: ReplyCacheOutcome) {
    record(outcome == .hit ? .cacheHit : .cacheMiss)
  }

  func decided(_ reply: AuthorizationReply) {
    switch (reply.decision, reply.reason) {
    case (.allow, .adminBypass): record(.adminBypass)
    case (.allow, _): record(.checkAllowed, .cacheOutcome, reply.cacheOutcome.rawValue)
    case (.deny, let reason): record(.checkDenied, .reason, reason?.logName)
    case (.unavailable, let reason):
      record(.checkUnavailable, .reason, reason?.logName, .fetchOutcome, reply.fetchOutcome?.rawValue)
    }
  }

  private func record(
    _ event: Logger.Event,
    _ key: Logger.AttributeKey = .reason,
    _ value: String? = nil,
    _ otherKey: Logger.AttributeKey = .fetchOutcome,
    _ otherValue: String? = nil
  ) {
    logger.record(
      event,
      [
        .username: .string(request.username.string),
        .eventType: request.eventType.map { .string($0) },
        .requestID: request.requestID.map { .string($0) },
        key: value.map { .string($0) },
        otherKey: otherValue.map { .string($0) },
      ]
    )
  }
}

extension Reason {
  /// The reason's name in logs, where aviso's operators know the denials in this form.
  var logName: String {
    switch self {
    case .destinationNotInList: "DestinationNotInList"
    case .matchKeyMissing: "MatchKeyMissing"
    case .invalidRequest: "InvalidRequest"
    default: rawValue
    }
  }
}
