/// What a file descriptor is ready for, or is to be polled for.
public struct Readiness: OptionSet, Sendable {
  public let rawValue: UInt8

  public init(rawValue: UInt8) {
    self.rawValue = rawValue
  }

  /// A read would not block (an end of file or an error included).
  public static let readable = Readiness(rawValue: 1)
  /// A write would not block (an error included).
  public static let writable = Readiness(rawValue: 2)
}
