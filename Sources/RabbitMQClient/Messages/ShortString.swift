/// An AMQP short string: at most 255 bytes, by convention UTF-8, but kept as the bytes that the peer sent, because a correlation id
/// must come back unchanged even where it is no text.
public struct ShortString: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// AMQP 0-9-1 section 4.2.5.3: the length is one octet.
  public static let maximumByteCount = 255

  public let bytes: [UInt8]

  /// Bytes beyond the 255th are cut off.
  public init(bytes: some Sequence<UInt8>) {
    self.bytes = Array(bytes.prefix(Self.maximumByteCount))
  }

  public init(_ string: String) {
    self.init(bytes: string.utf8)
  }

  public init(stringLiteral value: String) {
    self.init(value)
  }

  public var isEmpty: Bool { bytes.isEmpty }

  /// As text; bytes that are no UTF-8 show as U+FFFD.
  public var description: String { String(decoding: bytes, as: UTF8.self) }
}
