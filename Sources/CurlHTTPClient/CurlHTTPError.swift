/// Why there is no complete response.
public struct CurlHTTPError: Error, Sendable, Hashable {
  public enum Code: String, Sendable, CaseIterable {
    /// Name resolution, connection, sending or receiving failed; a response that ended early included.
    case unreachable
    /// The connection or the whole request took too long.
    case timedOut
    /// The TLS handshake failed, or the certificate is not to be trusted.
    case tlsFailed
    /// The header or the body is longer than allowed.
    case responseTooLarge
    /// The request's URL is none, or none that this client takes.
    case invalidURL
    /// The request's user name or password cannot be sent.
    case invalidCredentials
    /// The client cannot be made of this configuration.
    case invalidConfiguration
    /// What the server sent is not HTTP.
    case protocolError
    /// The task was cancelled.
    case cancelled
    /// The client was shut down.
    case shutDown
    /// Memory ran out.
    case outOfMemory
    /// libcurl or the system failed in another way.
    case internalError
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
    case .tlsFailed, .responseTooLarge, .invalidURL, .invalidCredentials, .invalidConfiguration, .protocolError, .cancelled,
      .shutDown, .internalError:
      false
    }
  }
}

extension CurlHTTPError: CustomStringConvertible {
  public var description: String { "\(code.rawValue): \(message)" }
}
