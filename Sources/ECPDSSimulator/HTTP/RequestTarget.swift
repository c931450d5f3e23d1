/// The target of a request in origin form (RFC 9112, section 3.2.1), split into path and query.
struct RequestTarget {
  /// The path as it was sent, not decoded.
  let path: Substring
  private let query: Substring

  init(_ uri: String) {
    let utf8 = uri.utf8
    let end = utf8.firstIndex(of: UInt8(ascii: "?")) ?? utf8.endIndex
    path = uri[..<end]
    query = uri[end...].dropFirst()
  }

  /// The decoded value of a query parameter; nil if it is absent.
  ///
  /// A `+` stands for a space, as in the servlet containers behind which ECPDS runs: a client has to send `%2B` for a plus sign.
  ///
  /// - Throws: if the parameter occurs twice, or its value is not percent-encoded UTF-8.
  func value(ofParameter name: String) throws(ControlError) -> String? {
    var found: String?
    for pair in query.utf8.split(separator: UInt8(ascii: "&")) {
      let nameEnd = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
      guard pair[..<nameEnd].elementsEqual(name.utf8) else { continue }
      guard found == nil else { throw ControlError(code: .invalidRequest, message: "the parameter \(name) occurs twice") }
      guard let value = Self.decode(pair[nameEnd...].dropFirst()) else {
        throw ControlError(code: .invalidRequest, message: "the parameter \(name) is not percent-encoded UTF-8")
      }
      found = value
    }
    return found
  }

  private static func decode(_ encoded: Substring.UTF8View) -> String? {
    var decoded: [UInt8] = []
    decoded.reserveCapacity(encoded.count)
    var remaining = encoded[...]
    while let byte = remaining.popFirst() {
      switch byte {
      case UInt8(ascii: "+"): decoded.append(UInt8(ascii: " "))
      case UInt8(ascii: "%"):
        guard let high = remaining.popFirst().flatMap(hexadecimalValue), let low = remaining.popFirst().flatMap(hexadecimalValue)
        else { return nil }
        decoded.append(high << 4 | low)
      default: decoded.append(byte)
      }
    }
    return String(validating: decoded, as: UTF8.self)
  }

  private static func hexadecimalValue(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
  }
}
