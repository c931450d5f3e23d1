extension JSONReader {
  /// Reads a number without fraction and exponent.
  public mutating func readInteger() throws(JSONError) -> Int {
    try expect(.number)
    let (token, isInteger) = try scanNumber()
    guard isInteger else { throw JSONError(.typeMismatch, at: token.lowerBound, "expected an integer") }
    guard let value = Int(text(of: token)) else {
      throw JSONError(.numberOutOfRange, at: token.lowerBound, "an integer is out of range")
    }
    return value
  }

  /// Reads a number as the nearest double.
  public mutating func readDouble() throws(JSONError) -> Double {
    try expect(.number)
    let (token, _) = try scanNumber()
    guard let value = Double(text(of: token)), value.isFinite else {
      throw JSONError(.numberOutOfRange, at: token.lowerBound, "a number is out of range")
    }
    return value
  }

  /// Passes over a number by the grammar: `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`.
  mutating func scanNumber() throws(JSONError) -> (token: Range<Int>, isInteger: Bool) {
    let start = position
    var isInteger = true
    if peek() == ASCII.minus {
      position += 1
    }
    if peek() == ASCII.zero {
      position += 1
    } else {
      try scanDigits()
    }
    if peek() == ASCII.point {
      isInteger = false
      position += 1
      try scanDigits()
    }
    if let byte = peek(), byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
      isInteger = false
      position += 1
      if let sign = peek(), sign == ASCII.plus || sign == ASCII.minus {
        position += 1
      }
      try scanDigits()
    }
    return (start..<position, isInteger)
  }

  private func text(of token: Range<Int>) -> String {
    String(decoding: bytes[token], as: UTF8.self)
  }

  private func peek() -> UInt8? {
    position < bytes.count ? bytes[position] : nil
  }

  private mutating func scanDigits() throws(JSONError) {
    let start = position
    while let byte = peek(), (ASCII.zero...ASCII.nine).contains(byte) {
      position += 1
    }
    guard position > start else {
      throw position < bytes.count ? JSONError(.syntax, at: position, "a number lacks a digit") : endOfText()
    }
  }
}
