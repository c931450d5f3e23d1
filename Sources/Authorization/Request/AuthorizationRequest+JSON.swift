import StrictJSON

extension AuthorizationRequest {
  /// Reads a request from a message's body and validates it.
  ///
  /// Unknown fields are ignored, though they must be JSON. `null` in an optional field counts as absent, since many serialisers write
  /// it for that; in a required field it is a wrong type.
  public init(decoding body: [UInt8]) throws(AuthorizationRequestError) {
    guard body.count <= Self.maximumByteCount else {
      throw AuthorizationRequestError(.bodyTooLarge, "The body is longer than \(Self.maximumByteCount) bytes")
    }
    var fields = Fields()
    do throws(JSONError) {
      try fields.read(body)
    } catch {
      throw AuthorizationRequestError(error, requestID: fields.requestID ?? Self.requestID(in: body))
    }
    guard let username = fields.username else {
      throw AuthorizationRequestError(.usernameMissing, "The username is missing", requestID: fields.requestID)
    }
    guard let identifier = fields.identifier else {
      throw AuthorizationRequestError(.identifierMissing, "The identifier is missing", requestID: fields.requestID)
    }
    self.init(
      username: username,
      identifier: identifier,
      eventType: fields.eventType,
      realm: fields.realm,
      roles: fields.roles,
      requestID: fields.requestID
    )
    try validate()
  }

  /// The request as a message's body.
  public func encoded() -> [UInt8] {
    var writer = JSONWriter()
    writer.writeObject { writer in
      writer.writeMember("username", username.string)
      writer.writeName("identifier")
      writer.writeObject { writer in
        for (key, value) in identifier.sorted(by: { $0.key < $1.key }) {
          writer.writeMember(key.string, value.string)
        }
      }
      if let eventType {
        writer.writeMember("event_type", eventType)
      }
      if let realm {
        writer.writeMember("realm", realm.string)
      }
      if let roles {
        writer.writeName("roles")
        writer.writeArray { writer in
          for role in roles {
            writer.write(role.string)
          }
        }
      }
      if let requestID {
        writer.writeMember("request_id", requestID)
      }
    }
    return writer.bytes
  }

  /// Looks for the ID alone in a body that is no request, so that the refusal can still name what it refuses.
  private static func requestID(in body: [UInt8]) -> String? {
    var requestID: String?
    var reader = JSONReader(body)
    // The fault is known by now: what can be read up to it will do.
    try? reader.readObject { name, reader throws(JSONError) in
      if name == "request_id", try reader.peekKind() == .string {
        requestID = try reader.readString()
      } else {
        try reader.skipValue()
      }
    }
    return requestID
  }
}

/// The fields of a request as far as they have been read.
private struct Fields {
  var username: ExactString?
  var identifier: [ExactString: ExactString]?
  var eventType: String?
  var realm: ExactString?
  var roles: [ExactString]?
  var requestID: String?

  mutating func read(_ body: [UInt8]) throws(JSONError) {
    var reader = JSONReader(body)
    try reader.readObject { name, reader throws(JSONError) in
      switch name {
      case "username": username = ExactString(try reader.readString())
      case "identifier": identifier = try Self.readIdentifier(&reader)
      case "event_type": eventType = try Self.readOptionalString(&reader)
      case "realm": realm = try Self.readOptionalString(&reader).map { ExactString($0) }
      case "roles": roles = try Self.readOptionalStrings(&reader)
      case "request_id": requestID = try Self.readOptionalString(&reader)
      default: try reader.skipValue()
      }
    }
    try reader.finish()
  }

  private static func readIdentifier(_ reader: inout JSONReader) throws(JSONError) -> [ExactString: ExactString] {
    var identifier: [ExactString: ExactString] = [:]
    // Room for an ordinary one, instead of growing from one member to two to four.
    identifier.reserveCapacity(6)
    try reader.readObject { key, reader throws(JSONError) in
      identifier[key] = ExactString(try reader.readString())
    }
    return identifier
  }

  private static func readOptionalString(_ reader: inout JSONReader) throws(JSONError) -> String? {
    guard try !reader.readNullIfPresent() else { return nil }
    return try reader.readString()
  }

  private static func readOptionalStrings(_ reader: inout JSONReader) throws(JSONError) -> [ExactString]? {
    guard try !reader.readNullIfPresent() else { return nil }
    var strings: [ExactString] = []
    try reader.readArray { reader throws(JSONError) in strings.append(ExactString(try reader.readString())) }
    return strings
  }
}

extension AuthorizationRequestError {
  fileprivate init(_ error: JSONError, requestID: String?) {
    let code: Code =
      switch error.code {
      case .duplicateKey: .duplicateKey
      case .typeMismatch: .wrongType
      case .depthExceeded: .nestedTooDeeply
      case .syntax, .unexpectedEnd, .invalidUTF8, .loneSurrogate, .numberOutOfRange, .trailingContent: .notJSON
      }
    self.init(code, "The body is no valid request: \(error)", requestID: requestID)
  }
}
