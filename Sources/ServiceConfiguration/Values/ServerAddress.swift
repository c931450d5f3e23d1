/// The parts of `scheme://[user-info@]host[:port][/path]` as RFC 3986 writes it, not yet percent-decoded. Neither a query nor a
/// fragment is accepted.
struct ServerAddress {
  /// In lower case.
  let scheme: String
  let userInformation: Substring?
  /// Without the brackets of an IPv6 address.
  let host: Substring
  let isBracketed: Bool
  let port: Int?
  /// Empty, or begins with `/`.
  let path: Substring

  init(parsing text: String) throws(InvalidValue) {
    guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !Self.forbidden.contains($0) }) else {
      throw InvalidValue(reason: "is not a URL: it holds a character that must be percent-encoded")
    }
    guard Self.hasOnlyWholeEscapes(text) else {
      throw InvalidValue(reason: "is not a URL: a percent sign is not followed by two hexadecimal digits")
    }
    guard let separator = text.firstRange(of: "://"), separator.lowerBound > text.startIndex,
      text[..<separator.lowerBound].utf8.allSatisfy(\.isLetterOrDigit)
    else { throw InvalidValue(reason: "is not a URL: it does not begin with a scheme and ://") }
    guard !text.contains("#") else { throw InvalidValue(reason: "must not have a fragment (#)") }
    guard !text.contains("?") else { throw InvalidValue(reason: "must not have a query (?)") }

    let rest = text[separator.upperBound...]
    let authority = rest.prefix { $0 != "/" }
    let userAndLocation = authority.split(separator: "@", omittingEmptySubsequences: false)
    guard userAndLocation.count <= 2, let location = userAndLocation.last else {
      throw InvalidValue(reason: "is not a URL: an @ in the user information must be percent-encoded")
    }
    scheme = text[..<separator.lowerBound].lowercased()
    userInformation = userAndLocation.count == 2 ? userAndLocation[0] : nil
    path = rest[authority.endIndex...]
    (host, port, isBracketed) = try Self.splitLocation(location)
  }

  private static let forbidden = Set("\"<>\\^`{|}".utf8)

  private static func hasOnlyWholeEscapes(_ text: String) -> Bool {
    text.split(separator: "%", omittingEmptySubsequences: false).dropFirst().allSatisfy { following in
      following.utf8.count >= 2 && following.utf8.prefix(2).allSatisfy(\.isHexadecimalDigit)
    }
  }

  private static func splitLocation(_ location: Substring) throws(InvalidValue) -> (Substring, Int?, Bool) {
    let isBracketed = location.hasPrefix("[")
    let host: Substring
    let rest: Substring
    if isBracketed {
      guard let end = location.firstIndex(of: "]") else { throw InvalidValue(reason: "is not a URL: a bracket is not closed") }
      host = location[..<end].dropFirst()
      rest = location[end...].dropFirst()
      guard Host.isIPv6Address(host) else { throw InvalidValue(reason: "is not a URL: no IPv6 address is in the brackets") }
    } else {
      host = location.prefix { $0 != ":" }
      rest = location[host.endIndex...]
      guard !host.isEmpty else { throw InvalidValue(reason: "is not a URL: it names no host") }
    }
    guard !rest.isEmpty else { return (host, nil, isBracketed) }
    guard rest.hasPrefix(":"), rest.dropFirst().utf8.allSatisfy(\.isDecimalDigit), let port = Int(rest.dropFirst()),
      (1...65_535).contains(port)
    else {
      throw InvalidValue(
        reason: "is not a URL: what follows the host is not a port from 1 to 65535 (an IPv6 address needs brackets)"
      )
    }
    return (host, port, isBracketed)
  }
}
