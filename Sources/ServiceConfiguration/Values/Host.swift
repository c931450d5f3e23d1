/// What a host may look like in a URL or as a listening address.
enum Host {
  /// Whether `text` is an IPv4 address, an IPv6 address (without brackets) or a DNS name.
  static func isValid(_ text: some StringProtocol) -> Bool {
    isIPv6Address(text) || isIPv4Address(text) || isName(text)
  }

  /// Whether traffic to the host stays on this machine: exactly the three spellings that the contract names. Other spellings of
  /// the same addresses are not recognised, so that nothing slips through as loopback by a clever form.
  static func isLoopback(_ text: some StringProtocol) -> Bool {
    ["127.0.0.1", "::1", "localhost"].contains(text.lowercased())
  }

  /// Four decimal octets without leading zeros.
  static func isIPv4Address(_ text: some StringProtocol) -> Bool {
    let octets = text.split(separator: ".", omittingEmptySubsequences: false)
    return octets.count == 4 && octets.allSatisfy { octet in UInt8(octet).map { String($0) == octet } ?? false }
  }

  /// The text forms of RFC 4291 section 2.2, without a zone.
  static func isIPv6Address(_ text: some StringProtocol) -> Bool {
    let halves = text.split(separator: "::", maxSplits: 2, omittingEmptySubsequences: false)
    guard halves.count <= 2 else { return false }
    var groupCount = 0
    for (index, half) in halves.enumerated() where !half.isEmpty {
      var groups = half.split(separator: ":", omittingEmptySubsequences: false)
      if index == halves.count - 1, let last = groups.last, isIPv4Address(last) {
        groups.removeLast()
        groupCount += 2
      }
      guard groups.allSatisfy({ (1...4).contains($0.utf8.count) && $0.utf8.allSatisfy(\.isHexadecimalDigit) }) else {
        return false
      }
      groupCount += groups.count
    }
    return halves.count == 2 ? groupCount <= 7 : groupCount == 8
  }

  /// A DNS name (RFC 1123, and underscores, which internal names use), with or without the final dot. One whose last label is a
  /// number would be read as an IPv4 address by some resolvers, and is none.
  private static func isName(_ text: some StringProtocol) -> Bool {
    guard (1...253).contains(text.utf8.count) else { return false }
    var labels = text.split(separator: ".", omittingEmptySubsequences: false)
    if labels.count > 1, labels.last?.isEmpty == true { labels.removeLast() }
    guard let last = labels.last, !last.utf8.allSatisfy(\.isDecimalDigit) else { return false }
    return labels.allSatisfy { label in
      (1...63).contains(label.utf8.count) && !label.hasPrefix("-") && !label.hasSuffix("-")
        && label.utf8.allSatisfy { $0.isLetterOrDigit || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
    }
  }
}

extension UInt8 {
  var isDecimalDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

  var isLetterOrDigit: Bool { isDecimalDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }

  var isHexadecimalDigit: Bool { isDecimalDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self | 0x20) }
}
