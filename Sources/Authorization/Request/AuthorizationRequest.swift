public import StrictJSON

/// The question a caller asks: may this user see what this identifier names?
public struct AuthorizationRequest: Sendable, Hashable {
  /// The largest body that is decoded, in bytes.
  public static let maximumByteCount = 64 * 1024
  /// The longest user name, in UTF-8 bytes.
  public static let maximumUsernameByteCount = 1024

  /// Whose access is in question. ECPDS and the cache get exactly these bytes.
  public var username: ExactString
  /// The request's canonical identifier.
  public var identifier: [ExactString: ExactString]
  /// What kind of event is asked about; logged only.
  public var eventType: String?
  /// The realm that gave the user its roles; for the admin bypass.
  public var realm: ExactString?
  /// The user's roles in the realm; for the admin bypass.
  public var roles: [ExactString]?
  /// The caller's own name for the request; logged and echoed.
  public var requestID: String?

  /// Makes a request without checking it; see ``validate()``.
  public init(
    username: ExactString,
    identifier: [ExactString: ExactString],
    eventType: String? = nil,
    realm: ExactString? = nil,
    roles: [ExactString]? = nil,
    requestID: String? = nil
  ) {
    self.username = username
    self.identifier = identifier
    self.eventType = eventType
    self.realm = realm
    self.roles = roles
    self.requestID = requestID
  }

  /// Checks the rules that a value of the right type can still break: the user name's length and characters.
  public func validate() throws(AuthorizationRequestError) {
    let byteCount = username.utf8.count
    guard byteCount > 0 else {
      throw AuthorizationRequestError(.usernameInvalid, "The username is empty", requestID: requestID)
    }
    guard byteCount <= Self.maximumUsernameByteCount else {
      throw AuthorizationRequestError(
        .usernameInvalid,
        "The username is longer than \(Self.maximumUsernameByteCount) bytes",
        requestID: requestID
      )
    }
    guard !username.string.unicodeScalars.contains(where: Self.isControl) else {
      throw AuthorizationRequestError(.usernameInvalid, "The username holds a control character", requestID: requestID)
    }
  }

  /// Whether Unicode's general category is `Cc`: C0, DEL and C1, a set that Unicode keeps as it is.
  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
  }
}
