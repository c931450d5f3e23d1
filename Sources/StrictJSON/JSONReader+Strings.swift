extension JSONReader {
  /// Reads a string, its escapes decoded.
  public mutating func readString() throws(JSONError) -> String {
    try expect(.string)
    let (content, hasEscapes, isASCII) = try scanString()
    if hasEscapes {
      if !isASCII { try validateUTF8(content) }
      return try unescape(content)
    }
    return try string(content)
  }

  /// Passes over a string from quote to quote and checks it wholly.
  mutating func skipString() throws(JSONError) {
    let (content, _, isASCII) = try scanString()
    if !isASCII { try validateUTF8(content) }
  }

  /// Passes over a string from quote to quote and checks all but its UTF-8; returns the range between the quotes.
  private mutating func scanString() throws(JSONError) -> (content: Range<Int>, hasEscapes: Bool, isASCII: Bool) {
    position += 1
    let start = position
    var hasEscapes = false
    var isASCII = true
    while position < bytes.count {
      let byte = bytes[position]
      if byte == ASCII.quote {
        let content = start..<position
        position += 1
        return (content, hasEscapes, isASCII)
      } else if byte == ASCII.backslash {
        hasEscapes = true
        _ = try readEscape(at: &position)
      } else if byte < ASCII.space {
        throw JSONError(.syntax, at: position, "a string holds a raw control character")
      } else {
        isASCII = isASCII && byte < 0x80
        position += 1
      }
    }
    throw endOfText()
  }

  private func validateUTF8(_ content: Range<Int>) throws(JSONError) {
    do throws(UTF8.ValidationError) {
      _ = try UTF8Span(validating: bytes.span.extracting(content))
    } catch {
      throw notUTF8(content, error)
    }
  }

  /// The string that stands there as it is, checked.
  private func string(_ content: Range<Int>) throws(JSONError) -> String {
    do throws(UTF8.ValidationError) {
      return String(copying: try UTF8Span(validating: bytes.span.extracting(content)))
    } catch {
      throw notUTF8(content, error)
    }
  }

  private func notUTF8(_ content: Range<Int>, _ error: UTF8.ValidationError) -> JSONError {
    JSONError(.invalidUTF8, at: content.lowerBound + error.byteOffsets.lowerBound, "a string is not UTF-8")
  }

  private func unescape(_ content: Range<Int>) throws(JSONError) -> String {
    var decoded: [UInt8] = []
    decoded.reserveCapacity(content.count)
    var index = content.lowerBound
    while index < content.upperBound {
      if bytes[index] == ASCII.backslash {
        decoded.append(contentsOf: try readEscape(at: &index).utf8)
      } else {
        decoded.append(bytes[index])
        index += 1
      }
    }
    return String(decoding: decoded, as: UTF8.self)
  }

  /// Reads one escape, or the two of a surrogate pair, from the backslash on.
  private func readEscape(at index: inout Int) throws(JSONError) -> Unicode.Scalar {
    guard index + 1 < bytes.count else { throw endOfText() }
    let letter = bytes[index + 1]
    if letter == ASCII.lowercaseU {
      return try readUnicodeEscape(at: &index)
    }
    let scalar: Unicode.Scalar
    switch letter {
    case ASCII.quote, ASCII.backslash, UInt8(ascii: "/"): scalar = Unicode.Scalar(letter)
    case UInt8(ascii: "b"): scalar = "\u{8}"
    case UInt8(ascii: "f"): scalar = "\u{C}"
    case UInt8(ascii: "n"): scalar = "\n"
    case UInt8(ascii: "r"): scalar = "\r"
    case UInt8(ascii: "t"): scalar = "\t"
    default: throw JSONError(.syntax, at: index, "a string has an unknown escape")
    }
    index += 2
    return scalar
  }

  private func readUnicodeEscape(at index: inout Int) throws(JSONError) -> Unicode.Scalar {
    let start = index
    let first = try readCodeUnit(at: &index)
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard UTF16.isLeadSurrogate(first), index + 1 < bytes.count, bytes[index] == ASCII.backslash,
      bytes[index + 1] == ASCII.lowercaseU
    else {
      throw JSONError(.loneSurrogate, at: start, "a string has half of a surrogate pair")
    }
    let second = try readCodeUnit(at: &index)
    guard UTF16.isTrailSurrogate(second) else {
      throw JSONError(.loneSurrogate, at: start, "a string has half of a surrogate pair")
    }
    return UTF16.decode(UTF16.EncodedScalar([first, second]))
  }

  /// Reads `\uXXXX`.
  private func readCodeUnit(at index: inout Int) throws(JSONError) -> UInt16 {
    index += 2
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard index < bytes.count else { throw endOfText() }
      guard let digit = Character(Unicode.Scalar(bytes[index])).hexDigitValue else {
        throw JSONError(.syntax, at: index, "a string has a malformed escape")
      }
      unit = unit << 4 | UInt16(digit)
      index += 1
    }
    return unit
  }
}
