/// A string that equals only a string of the same UTF-8 bytes.
///
/// Swift's `String` compares by Unicode canonical equivalence: "é" as one scalar equals "e" with a combining accent. Where a string
/// is an identity (a user name, a destination, a JSON member name) that would merge two identities into one.
public struct ExactString: Hashable, Sendable {
  /// The text, unchanged.
  public let string: String

  /// Wraps the text; no normalisation takes place.
  public init(_ string: String) {
    self.string = string
  }

  /// The text as UTF-8.
  public var utf8: String.UTF8View { string.utf8 }

  public static func == (left: ExactString, right: ExactString) -> Bool {
    let leftBytes = left.string.utf8.span
    let rightBytes = right.string.utf8.span
    guard leftBytes.count == rightBytes.count else { return false }
    for index in leftBytes.indices where leftBytes[index] != rightBytes[index] {
      return false
    }
    return true
  }

  public func hash(into hasher: inout Hasher) {
    let bytes = string.utf8.span
    // A one before the bytes of the last word, which in the full words before it is shifted out, tells where the bytes end.
    var word: UInt64 = 1
    for index in bytes.indices {
      word = word << 8 | UInt64(bytes[index])
      if index % 8 == 7 {
        hasher.combine(word)
        word = 1
      }
    }
    hasher.combine(word)
  }
}

extension ExactString: ExpressibleByStringLiteral {
  public init(stringLiteral value: String) {
    self.init(value)
  }
}

extension ExactString: CustomStringConvertible {
  public var description: String { string }
}

/// In the order of the UTF-8 bytes, which is that of the code points.
extension ExactString: Comparable {
  public static func < (left: ExactString, right: ExactString) -> Bool {
    left.utf8.lexicographicallyPrecedes(right.utf8)
  }
}
