/// Why there is no complete response.
public struct CurlHTTPError: Error, Sendable, Hashable {
  public enum Code: String, Sendable, CaseIterable {
    /// Name resolution, connection, sending or receiving failed.
    case unreachable
    /// The connection or the whole request took too long.
    case timedOut = "timed_out"
    /// The TLS handshake failed, or the certificate is not to be trusted.
    case tlsFailed = "tls_failed"
    /// The header or the body is longer than allowed.
    case responseTooLarge = "response_too_large"
    /// The body ended before the length that its header gives, or before its last chunk.
    case responseTruncated = "response_truncated"
    /// The request's URL is none, or none that this client takes.
    case invalidURL = "invalid_url"
    /// The request's user name or password cannot be sent.
    case invalidCredentials = "invalid_credentials"
    /// The client cannot be made of this configuration.
    case invalidConfiguration = "invalid_configuration"
    /// What the server sent is not HTTP.
    case protocolError = "protocol_error"
    /// The task was cancelled.
    case cancelled
    /// The client was shut down.
    case shutDown = "shut_down"
    /// Memory ran out.
    case outOfMemory = "out_of_memory"
    /// libcurl or the system failed in another way.
    case internalError = "internal_error"
  }

  public let code: Code
  /// For people, in libcurl's words where it has any. Never holds a password.
  public let message: String
  /// The response's status, where the failure came after the status line.
  public internal(set) var status: Int?
  /// libcurl's `CURLcode`; 0 where libcurl did not fail.
  public let curlCode: Int32

  public init(_ code: Code, _ message: String, status: Int? = nil, curlCode: Int32 = 0) {
    self.code = code
    self.message = message
    self.status = status
    self.curlCode = curlCode
  }

  /// Whether the same request may succeed later without anybody changing anything.
  public var isRetriable: Bool {
    switch code {
    case .unreachable, .timedOut, .outOfMemory: true
    case .tlsFailed, .responseTooLarge, .responseTruncated, .invalidURL, .invalidCredentials, .invalidConfiguration,
      .protocolError, .cancelled,
      .shutDown, .internalError:
      false
    }
  }
}

extension CurlHTTPError: CustomStringConvertible {
  public var description: String { "\(code.rawValue): \(message)" }
}
