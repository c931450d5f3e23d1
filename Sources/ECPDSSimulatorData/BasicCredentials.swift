/// A user name and password as they appear in an `Authorization` header (RFC 7617).
///
/// It keeps the encoded form alone, and describes itself without it.
package struct BasicCredentials: Sendable, Hashable {
  private let token: [UInt8]

  package init(username: String, password: String) {
    token = Self.base64(Array("\(username):\(password)".utf8))
  }

  /// Whether a header's value, such as `Basic YWxhZGRpbjpvcGVuc2VzYW1l`, carries these credentials.
  package func matches(authorization: String) -> Bool {
    let scheme = "basic ".utf8
    let value = authorization.utf8
    guard value.count > scheme.count, zip(value, scheme).allSatisfy({ $0 | 0x20 == $1 }) else { return false }
    return value.dropFirst(scheme.count).drop { $0 == UInt8(ascii: " ") }.elementsEqual(token)
  }

  /// Base 64 with padding (RFC 4648, section 4).
  static func base64(_ bytes: [UInt8]) -> [UInt8] {
    let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var encoded: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      var bits = group.reduce(0) { $0 << 8 | Int($1) }
      bits <<= 8 * (3 - group.count)
      for digit in 0..<4 {
        encoded.append(digit <= group.count ? alphabet[bits >> (18 - 6 * digit) & 0x3F] : UInt8(ascii: "="))
      }
    }
    return encoded
  }
}

extension BasicCredentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "BasicCredentials(redacted)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
