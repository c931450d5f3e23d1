/// A strict RFC 8259 reader over bytes that hands out values in the order of the text and builds no tree.
///
/// ```swift
/// var reader = JSONReader(bytes)
/// try reader.readObject { name, reader throws(JSONError) in
///   switch name {
///   case "username": username = try reader.readString()
///   default: try reader.skipValue()
///   }
/// }
/// try reader.finish()
/// ```
///
/// Stricter than many: no byte order mark, comments, trailing commas or raw control characters; strings must be UTF-8 and `\u` escapes
/// whole surrogate pairs; an object that is read must not repeat a member name, compared by bytes. After an error the reader is of no
/// further use.
public struct JSONReader {
  let bytes: [UInt8]
  var position = 0
  private let maximumDepth: Int
  private var depth = 0
  private var memberNames = MemberNames()

  /// Starts at the first byte of a text.
  ///
  /// - Parameter maximumDepth: how many objects and arrays may be nested in one another. Reading uses the stack, so keep it moderate.
  public init(_ bytes: [UInt8], maximumDepth: Int = 64) {
    self.bytes = bytes
    self.maximumDepth = maximumDepth
  }

  /// The kind of the next value, by its first byte; the value itself is not consumed.
  public mutating func peekKind() throws(JSONError) -> JSONKind {
    skipWhiteSpace()
    guard position < bytes.count else { throw endOfText() }
    switch bytes[position] {
    case ASCII.openBrace: return .object
    case ASCII.openBracket: return .array
    case ASCII.quote: return .string
    case ASCII.minus, ASCII.zero...ASCII.nine: return .number
    case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
    case UInt8(ascii: "n"): return .null
    default: throw JSONError(.syntax, at: position, "expected a value")
    }
  }

  /// Reads an object: calls `member` with each name, to consume exactly the one value that belongs to it.
  public mutating func readObject(
    _ member: (ExactString, inout JSONReader) throws(JSONError) -> Void
  ) throws(JSONError) {
    try expect(.object)
    var scope = memberNames.open()
    try readElements(closedBy: ASCII.closeBrace) { reader throws(JSONError) in
      let offset = reader.position
      let name = ExactString(try reader.readMemberName())
      guard reader.memberNames.insert(name, into: &scope) else {
        throw JSONError(.duplicateKey, at: offset, "an object has two members of the same name")
      }
      try member(name, &reader)
    }
    memberNames.close(scope)
  }

  /// Reads an array: calls `element` before each value, to consume exactly that one.
  public mutating func readArray(_ element: (inout JSONReader) throws(JSONError) -> Void) throws(JSONError) {
    try expect(.array)
    try readElements(closedBy: ASCII.closeBracket) { reader throws(JSONError) in
      // Refuses what cannot begin a value, also where the closure consumes none.
      _ = try reader.peekKind()
      try element(&reader)
    }
  }

  /// Reads `true` or `false`.
  public mutating func readBool() throws(JSONError) -> Bool {
    try expect(.bool)
    let isTrue = bytes[position] == UInt8(ascii: "t")
    try readLiteral(isTrue ? "true" : "false")
    return isTrue
  }

  /// Reads `null`.
  public mutating func readNull() throws(JSONError) {
    try expect(.null)
    try readLiteral("null")
  }

  /// Reads `null` if that comes next; otherwise consumes nothing and returns false.
  public mutating func readNullIfPresent() throws(JSONError) -> Bool {
    guard try peekKind() == .null else { return false }
    try readLiteral("null")
    return true
  }

  /// Passes over one value of any kind. Its syntax, UTF-8 and depth are checked; member names in it may repeat.
  public mutating func skipValue() throws(JSONError) {
    switch try peekKind() {
    case .object:
      try readElements(closedBy: ASCII.closeBrace) { reader throws(JSONError) in
        try reader.skipMemberName()
        try reader.skipValue()
      }
    case .array:
      try readElements(closedBy: ASCII.closeBracket) { reader throws(JSONError) in try reader.skipValue() }
    case .string: try skipString()
    case .number: _ = try scanNumber()
    case .bool: _ = try readBool()
    case .null: try readNull()
    }
  }

  /// Checks that nothing but white space is left.
  public mutating func finish() throws(JSONError) {
    skipWhiteSpace()
    guard position == bytes.count else {
      throw JSONError(.trailingContent, at: position, "something follows the value")
    }
  }
}

extension JSONReader {
  /// Moves to the next value and checks its kind.
  mutating func expect(_ expected: JSONKind) throws(JSONError) {
    let found = try peekKind()
    guard found == expected else {
      throw JSONError(.typeMismatch, at: position, "expected \(expected.rawValue), found \(found.rawValue)")
    }
  }

  func endOfText() -> JSONError {
    JSONError(.unexpectedEnd, at: bytes.count, "the text ends too early")
  }

  private mutating func skipWhiteSpace() {
    while position < bytes.count {
      switch bytes[position] {
      case ASCII.space, ASCII.lineFeed, ASCII.carriageReturn, ASCII.tab: position += 1
      default: return
      }
    }
  }

  /// The next byte that is not white space.
  private mutating func nextToken() throws(JSONError) -> UInt8 {
    skipWhiteSpace()
    guard position < bytes.count else { throw endOfText() }
    return bytes[position]
  }

  /// Reads from an opening bracket or brace to the one that closes it.
  private mutating func readElements(
    closedBy close: UInt8,
    _ element: (inout JSONReader) throws(JSONError) -> Void
  ) throws(JSONError) {
    guard depth < maximumDepth else {
      throw JSONError(.depthExceeded, at: position, "objects and arrays are nested too deeply")
    }
    depth += 1
    position += 1
    if try nextToken() != close {
      try element(&self)
      while try nextToken() == ASCII.comma {
        position += 1
        _ = try nextToken()
        try element(&self)
      }
      guard bytes[position] == close else { throw JSONError(.syntax, at: position, "expected a comma or the end") }
    }
    position += 1
    depth -= 1
  }

  /// Reads a member's name and colon, up to the value.
  private mutating func readMemberName() throws(JSONError) -> String {
    try expectMemberName()
    let name = try readString()
    try readColon()
    return name
  }

  private mutating func skipMemberName() throws(JSONError) {
    try expectMemberName()
    try skipString()
    try readColon()
  }

  private func expectMemberName() throws(JSONError) {
    guard bytes[position] == ASCII.quote else {
      throw JSONError(.syntax, at: position, "expected a member name")
    }
  }

  private mutating func readColon() throws(JSONError) {
    guard try nextToken() == ASCII.colon else { throw JSONError(.syntax, at: position, "expected a colon") }
    position += 1
    // Refuses what cannot begin a value, also where the caller's closure consumes none.
    _ = try peekKind()
  }

  private mutating func readLiteral(_ literal: String) throws(JSONError) {
    for expected in literal.utf8 {
      guard position < bytes.count else { throw endOfText() }
      guard bytes[position] == expected else { throw JSONError(.syntax, at: position, "expected a value") }
      position += 1
    }
  }
}
