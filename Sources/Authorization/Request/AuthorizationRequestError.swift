/// Why a request is invalid. Nothing in it repeats what was sent, but for the request's own ID.
public struct AuthorizationRequestError: Error, Sendable, Hashable {
  /// The reason in one word: a metric's label and a dead-lettered message's header.
  public enum Code: String, Sendable, Hashable, CaseIterable {
    /// The message's properties or headers cannot be read, so nobody can be answered.
    case propertiesUnreadable = "properties_unreadable"
    /// Nobody can be answered: the message has no `reply_to`.
    case replyToMissing = "reply_to_missing"
    /// The answer could not be told from others: the message has no `correlation_id`.
    case correlationIDMissing = "correlation_id_missing"
    /// The message says that its body is something else than JSON.
    case contentTypeUnsupported = "content_type_unsupported"
    /// The body is longer than ``AuthorizationRequest/maximumByteCount``.
    case bodyTooLarge = "body_too_large"
    /// The body is not JSON in UTF-8.
    case notJSON = "not_json"
    /// The body's JSON is nested too deeply to be read.
    case nestedTooDeeply = "nested_too_deeply"
    /// An object that is read has a key twice.
    case duplicateKey = "duplicate_key"
    /// The body or one of its known fields is of the wrong type.
    case wrongType = "wrong_type"
    /// There is no `username`.
    case usernameMissing = "username_missing"
    /// The `username` is empty, too long or holds a control character.
    case usernameInvalid = "username_invalid"
    /// There is no `identifier`.
    case identifierMissing = "identifier_missing"
  }

  /// The reason in one word.
  public let code: Code
  /// The reason in a sentence, safe to log.
  public let message: String
  /// The request's `request_id`, if it could be read.
  public let requestID: String?

  /// Makes an error.
  public init(_ code: Code, _ message: String, requestID: String? = nil) {
    self.code = code
    self.message = message
    self.requestID = requestID
  }
}

extension AuthorizationRequestError: CustomStringConvertible {
  public var description: String { "\(code.rawValue): \(message)" }
}
