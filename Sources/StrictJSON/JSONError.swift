/// Why a text is not the JSON that was asked for.
public struct JSONError: Error, Sendable, Hashable {
  /// What kind of fault it is.
  public enum Code: String, Sendable, Hashable, CaseIterable {
    /// The bytes break the grammar of RFC 8259.
    case syntax = "syntax"
    /// The text ends inside a value.
    case unexpectedEnd = "unexpected_end"
    /// A string holds bytes that are not UTF-8.
    case invalidUTF8 = "invalid_utf8"
    /// A `\u` escape names half of a surrogate pair.
    case loneSurrogate = "lone_surrogate"
    /// Objects and arrays are nested more deeply than the reader allows.
    case depthExceeded = "depth_exceeded"
    /// An object that was read has two members of the same name.
    case duplicateKey = "duplicate_key"
    /// The value is valid JSON of another kind than the one asked for.
    case typeMismatch = "type_mismatch"
    /// The number is valid JSON, but the type asked for cannot hold it.
    case numberOutOfRange = "number_out_of_range"
    /// Something other than white space follows the value.
    case trailingContent = "trailing_content"
  }

  /// What kind of fault it is.
  public let code: Code
  /// Where it is, in bytes from the start of the text.
  public let offset: Int
  /// A sentence for people. It never repeats the text.
  public let message: String

  init(_ code: Code, at offset: Int, _ message: String) {
    self.code = code
    self.offset = offset
    self.message = message
  }
}

extension JSONError: CustomStringConvertible {
  public var description: String { "\(message) at byte \(offset)" }
}
