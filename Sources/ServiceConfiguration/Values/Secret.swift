/// A string that is never printed: every description, reflection and interpolation of it is `[redacted]`.
public struct Secret: Sendable, Equatable {
  /// What stands in every output in place of a secret.
  public static let redaction = "[redacted]"

  /// The secret itself. Whoever asks for it answers for where it goes.
  public let revealed: String

  /// Wraps a string that must never be printed.
  public init(_ revealed: String) {
    self.revealed = revealed
  }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// `[redacted]`.
  public var description: String { Self.redaction }

  /// `[redacted]`.
  public var debugDescription: String { Self.redaction }

  /// A mirror without children, so that `dump` and other reflection show nothing.
  public var customMirror: Mirror { Mirror(self, children: []) }
}
