import Glibc
import NIOCore

/// Why the operations server could not listen, or the operations client got no answer.
public struct OperationsHTTPError: Error, Sendable, Hashable, CustomStringConvertible {
  public enum Code: String, Sendable, Hashable {
    /// Another process listens there already.
    case addressInUse = "address_in_use"
    /// The address cannot be listened on for another reason.
    case listenFailed = "listen_failed"
    /// Nobody answers there.
    case connectFailed = "connect_failed"
    /// The answer did not come in time.
    case timedOut = "timed_out"
    /// The answer is not HTTP, is cut off, or is over the limit.
    case invalidResponse = "invalid_response"
  }

  public let code: Code
  /// For people; names host and port.
  public let message: String

  public var description: String { message }

  init(code: Code, message: String) {
    self.code = code
    self.message = message
  }

  static func listening(on endpoint: NetworkEndpoint, failedWith cause: any Error) -> OperationsHTTPError {
    let isInUse = (cause as? IOError)?.errnoCode == EADDRINUSE
    return OperationsHTTPError(
      code: isInUse ? .addressInUse : .listenFailed,
      message: "Cannot listen on \(endpoint): \(isInUse ? "the address is already in use" : "\(cause)")"
    )
  }
}
