import Glibc

/// A system call that an event loop needs has failed.
public struct EventLoopError: Error, Sendable, CustomStringConvertible {
  /// The system call.
  public let systemCall: String
  /// Its `errno`.
  public let code: Int32

  /// Takes the calling thread's `errno`.
  static func current(_ systemCall: String) -> EventLoopError {
    EventLoopError(systemCall: systemCall, code: errno)
  }

  public var description: String {
    unsafe "\(systemCall): \(String(cString: strerror(code)))"
  }
}
