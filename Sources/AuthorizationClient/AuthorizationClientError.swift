/// Why no decision came. Whatever the code, the answer is not `allow`: a caller treats every error as `unavailable`.
public struct AuthorizationClientError: Error, Sendable, CustomStringConvertible {
  public enum Code: String, Sendable {
    /// No reply within the time-out.
    case timedOut = "timed_out"
    /// The request queue does not exist: no worker has ever been there, or the name is wrong.
    case noQueue = "no_queue"
    /// The broker could not take the request.
    case refused
    /// There is no connection to the broker, or it was lost while the reply was due.
    case disconnected
    /// The request breaks a rule that the worker would refuse it for.
    case invalidRequest = "invalid_request"
    /// The caller's task was cancelled.
    case cancelled
  }

  public let code: Code
  /// For people; holds no secret.
  public let message: String

  init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// Whether the same question may be answered later.
  public var isRetriable: Bool {
    switch code {
    case .timedOut, .noQueue, .refused, .disconnected: true
    case .invalidRequest, .cancelled: false
    }
  }

  public var description: String { "\(code.rawValue): \(message)" }
}
