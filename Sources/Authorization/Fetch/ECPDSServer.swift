public import StrictJSON

/// One of the configured ECPDS monitor servers.
public struct ECPDSServer: Sendable, Hashable {
  /// Its place in the configuration, from 0: the label by which metrics know it.
  public let index: Int
  /// Its URL as configured: scheme, host, perhaps a path prefix; without credentials.
  public let baseURL: String

  /// Makes a server. The URL may end in a slash or not.
  public init(index: Int, baseURL: String) {
    self.index = index
    self.baseURL = baseURL
  }

  /// Where the user's destination list is.
  public func listURL(forUsername username: ExactString) -> String {
    var url = baseURL
    while url.utf8.last == UInt8(ascii: "/") {
      url.removeLast()
    }
    return url + "/ecpds/v1/destination/list?id=" + Self.percentEncoded(username)
  }

  /// Encodes every byte but RFC 3986's unreserved characters.
  private static func percentEncoded(_ text: ExactString) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var encoded: [UInt8] = []
    for byte in text.utf8 {
      if isUnreserved(byte) {
        encoded.append(byte)
      } else {
        encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 0xF)]]
      }
    }
    return String(decoding: encoded, as: UTF8.self)
  }

  private static func isUnreserved(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"):
      true
    default: false
    }
  }
}
