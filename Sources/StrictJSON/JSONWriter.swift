/// Writes JSON to the end of a byte array, without white space.
///
/// ```swift
/// var writer = JSONWriter()
/// writer.writeObject { writer in
///   writer.writeName("decision")
///   writer.write("allow")
/// }
/// ```
///
/// The writer sets commas and escapes strings. That a name precedes each value in an object, and no value in an array, is up to the
/// caller.
public struct JSONWriter {
  /// What has been written.
  public private(set) var bytes: [UInt8]
  private var needsComma = false

  /// Starts with nothing written and room for so many bytes.
  public init(reservingCapacity capacity: Int = 256) {
    bytes = []
    bytes.reserveCapacity(capacity)
  }

  /// Writes an object, whose members `content` writes.
  public mutating func writeObject<Failure: Error>(_ content: (inout JSONWriter) throws(Failure) -> Void) throws(Failure) {
    open(ASCII.openBrace)
    try content(&self)
    close(ASCII.closeBrace)
  }

  /// Writes an array, whose elements `content` writes.
  public mutating func writeArray<Failure: Error>(_ content: (inout JSONWriter) throws(Failure) -> Void) throws(Failure) {
    open(ASCII.openBracket)
    try content(&self)
    close(ASCII.closeBracket)
  }

  /// Writes the name of the member whose value comes next.
  public mutating func writeName(_ name: String) {
    write(name)
    bytes.append(ASCII.colon)
    needsComma = false
  }

  /// Writes a member: a name and a string.
  public mutating func writeMember(_ name: String, _ value: String) {
    writeName(name)
    write(value)
  }

  /// Writes a string.
  public mutating func write(_ string: String) {
    beginValue()
    bytes.append(ASCII.quote)
    if Self.needsEscapes(string) {
      for byte in string.utf8 {
        appendEscaped(byte)
      }
    } else {
      bytes.append(contentsOf: string.utf8)
    }
    bytes.append(ASCII.quote)
  }

  /// Writes an integer.
  public mutating func write(_ integer: some BinaryInteger) {
    beginValue()
    bytes.append(contentsOf: String(integer).utf8)
  }

  /// Writes a number in the shortest form that reads back the same; `null` for infinities and NaN, which JSON cannot express.
  public mutating func write(_ number: Double) {
    beginValue()
    bytes.append(contentsOf: (number.isFinite ? number.description : "null").utf8)
  }

  /// Writes `true` or `false`.
  public mutating func write(_ bool: Bool) {
    beginValue()
    bytes.append(contentsOf: (bool ? "true" : "false").utf8)
  }

  /// Writes a value that another writer has made.
  public mutating func write(encoded value: [UInt8]) {
    beginValue()
    bytes.append(contentsOf: value)
  }

  /// Writes `null`.
  public mutating func writeNull() {
    beginValue()
    bytes.append(contentsOf: "null".utf8)
  }

  /// Ends a line after a complete value, so that another may follow (JSON Lines).
  public mutating func endLine() {
    bytes.append(ASCII.lineFeed)
    needsComma = false
  }
}

extension JSONWriter {
  private mutating func beginValue() {
    if needsComma {
      bytes.append(ASCII.comma)
    }
    needsComma = true
  }

  private mutating func open(_ bracket: UInt8) {
    beginValue()
    bytes.append(bracket)
    needsComma = false
  }

  private mutating func close(_ bracket: UInt8) {
    bytes.append(bracket)
    needsComma = true
  }

  private static func needsEscapes(_ string: String) -> Bool {
    let utf8 = string.utf8.span
    for index in utf8.indices where isEscaped(utf8[index]) {
      return true
    }
    return false
  }

  private static func isEscaped(_ byte: UInt8) -> Bool {
    byte < ASCII.space || byte == ASCII.quote || byte == ASCII.backslash
  }

  private mutating func appendEscaped(_ byte: UInt8) {
    guard Self.isEscaped(byte) else {
      bytes.append(byte)
      return
    }
    bytes.append(ASCII.backslash)
    switch byte {
    case ASCII.quote, ASCII.backslash: bytes.append(byte)
    case ASCII.lineFeed: bytes.append(UInt8(ascii: "n"))
    case ASCII.carriageReturn: bytes.append(UInt8(ascii: "r"))
    case ASCII.tab: bytes.append(UInt8(ascii: "t"))
    case ASCII.backspace: bytes.append(UInt8(ascii: "b"))
    case ASCII.formFeed: bytes.append(UInt8(ascii: "f"))
    default:
      // Control characters are below 0x20: the first hexadecimal digit is 0 or 1.
      bytes.append(contentsOf: byte < 0x10 ? "u000".utf8 : "u001".utf8)
      bytes.append(contentsOf: String(byte & 0xF, radix: 16).utf8)
    }
  }
}
