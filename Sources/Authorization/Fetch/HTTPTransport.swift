/// What the decision needs of HTTP: one GET, no redirect followed, nothing retried.
public protocol HTTPTransport: Sendable {
  /// Performs the request. Cancelling the task ends the transfer.
  ///
  /// - Throws: if no complete response came; any status is a response.
  func execute(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse
}

/// A GET request with HTTP Basic authentication.
public struct HTTPRequest: Sendable, Hashable {
  /// The whole URL.
  public var url: String
  /// Who asks.
  public var credentials: HTTPCredentials
  /// How long name resolution, TCP and TLS may take together.
  public var connectTimeout: Duration
  /// How long the whole request may take, connection set-up included.
  public var timeout: Duration
  /// How long a response's body may be, in bytes.
  public var maximumResponseByteCount: Int

  /// Makes a request.
  public init(
    url: String,
    credentials: HTTPCredentials,
    connectTimeout: Duration,
    timeout: Duration,
    maximumResponseByteCount: Int
  ) {
    self.url = url
    self.credentials = credentials
    self.connectTimeout = connectTimeout
    self.timeout = timeout
    self.maximumResponseByteCount = maximumResponseByteCount
  }
}

/// A user name and a password that no description, dump or interpolation shows.
public struct HTTPCredentials: Sendable, Hashable {
  /// The account.
  public let username: String
  /// The secret.
  public let password: String

  /// Makes credentials.
  public init(username: String, password: String) {
    self.username = username
    self.password = password
  }
}

extension HTTPCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public var description: String { "HTTPCredentials(username: \(username), password: <redacted>)" }
  public var debugDescription: String { description }
  public var customMirror: Mirror { Mirror(self, children: ["username": username, "password": "<redacted>"]) }
}

/// A complete response.
public struct HTTPResponse: Sendable, Hashable {
  /// The status code.
  public var status: Int
  /// The body, within the limit of the request.
  public var body: [UInt8]

  /// Makes a response.
  public init(status: Int, body: [UInt8]) {
    self.status = status
    self.body = body
  }
}

/// Why no complete response came.
public struct HTTPTransportError: Error, Sendable, Hashable {
  /// What kind of failure it is.
  public enum Code: String, Sendable, Hashable, CaseIterable {
    /// Name resolution, connection or transfer failed.
    case unreachable
    /// The connection or the whole request took too long.
    case timedOut = "timed_out"
    /// The TLS handshake failed, or the certificate is not to be trusted.
    case tlsFailed = "tls_failed"
    /// The body is longer than the request allows.
    case responseTooLarge = "response_too_large"
    /// The body ended before its end.
    case responseTruncated = "response_truncated"
    /// What came is not HTTP.
    case malformedResponse = "malformed_response"
    /// The task or the transport was cancelled.
    case cancelled
  }

  /// What kind of failure it is.
  public let code: Code
  /// A sentence for operators, without secrets.
  public let message: String
  /// The response's status, if it is known all the same, as with a body that is too large.
  public let status: Int?

  /// Makes an error.
  public init(code: Code, message: String, status: Int? = nil) {
    self.code = code
    self.message = message
    self.status = status
  }

  /// Whether the same request may succeed later without anybody changing anything.
  public var isRetriable: Bool {
    switch code {
    case .unreachable, .timedOut: true
    case .tlsFailed, .responseTooLarge, .responseTruncated, .malformedResponse, .cancelled: false
    }
  }
}

extension HTTPTransportError: CustomStringConvertible {
  public var description: String { "\(code.rawValue): \(message)" }
}
