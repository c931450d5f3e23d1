import StrictJSON

extension AuthorizationReply {
  /// The reply as a message's body.
  public func encoded() -> [UInt8] {
    var writer = JSONWriter()
    writer.writeObject { writer in
      writer.writeMember("decision", decision.rawValue)
      if let reason {
        writer.writeMember("reason", reason.rawValue)
      }
      writer.writeMember("message", message)
      writer.writeMember("cache_outcome", cacheOutcome.rawValue)
      if let fetchOutcome {
        writer.writeMember("fetch_outcome", fetchOutcome.rawValue)
      }
      if let requestID {
        writer.writeMember("request_id", requestID)
      }
    }
    return writer.bytes
  }

  /// Reads a reply on the caller's side. It fails closed: a body that is not wholly as the contract has it, a reason of another
  /// decision or an unknown value becomes `unavailable`. Only a reason may be unknown, and unknown fields are ignored.
  public init(decoding body: [UInt8]) {
    var fields = ReplyFields()
    let fault: String
    do throws(JSONError) {
      try fields.read(body)
      if let reply = fields.reply {
        self = reply
        return
      }
      fault = "it lacks a field or has an unknown or contradictory value"
    } catch {
      fault = error.description
    }
    self.init(
      decision: .unavailable,
      reason: nil,
      message: "The reply is not understood: \(fault)",
      cacheOutcome: .none,
      fetchOutcome: nil,
      requestID: fields.requestID
    )
  }
}

/// The fields of a reply as they stand in the body.
private struct ReplyFields {
  var decision: String?
  var reason: String?
  var message: String?
  var cacheOutcome: String?
  var fetchOutcome: String?
  var requestID: String?

  mutating func read(_ body: [UInt8]) throws(JSONError) {
    var reader = JSONReader(body)
    try reader.readObject { name, reader throws(JSONError) in
      switch name {
      case "decision": decision = try reader.readString()
      case "reason": reason = try reader.readString()
      case "message": message = try reader.readString()
      case "cache_outcome": cacheOutcome = try reader.readString()
      case "fetch_outcome": fetchOutcome = try Self.readOptionalString(&reader)
      case "request_id": requestID = try Self.readOptionalString(&reader)
      default: try reader.skipValue()
      }
    }
    try reader.finish()
  }

  /// The reply, if the fields make one.
  var reply: AuthorizationReply? {
    guard let decision = decision.flatMap(Decision.init(rawValue:)), let reason, let message,
      let cacheOutcome = cacheOutcome.flatMap(ReplyCacheOutcome.init(rawValue:))
    else { return nil }
    let knownReason = Reason(rawValue: reason)
    if let knownReason, knownReason.decision != decision { return nil }
    let knownFetchOutcome = fetchOutcome.flatMap(FetchOutcome.init(rawValue:))
    guard (fetchOutcome == nil) == (knownFetchOutcome == nil) else { return nil }
    return AuthorizationReply(
      decision: decision,
      reason: knownReason,
      message: message,
      cacheOutcome: cacheOutcome,
      fetchOutcome: knownFetchOutcome,
      requestID: requestID
    )
  }

  private static func readOptionalString(_ reader: inout JSONReader) throws(JSONError) -> String? {
    guard try !reader.readNullIfPresent() else { return nil }
    return try reader.readString()
  }
}
