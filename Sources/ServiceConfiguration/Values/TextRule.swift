/// A rule for a string: the reason to refuse it, or nothing.
struct TextRule: Sendable {
  let reason: @Sendable (String) -> String?

  static let notEmpty = TextRule { $0.isEmpty ? "must not be empty" : nil }

  static let trimmed = TextRule { text in
    let isWhitespace = [text.unicodeScalars.first, text.unicodeScalars.last].contains { $0?.properties.isWhitespace ?? false }
    return isWhitespace ? "must not begin or end with white space" : nil
  }

  /// RFC 7617 forbids control characters in HTTP Basic credentials; nothing else that we read needs one either.
  static let printable = TextRule { text in
    text.unicodeScalars.contains(where: \.isControl) ? "must not hold control characters" : nil
  }

  /// RFC 7617: the first colon ends the user name, so a name with one would be another user's.
  static let withoutColon = TextRule { $0.contains(":") ? "must not hold a colon (RFC 7617)" : nil }

  static let withoutWhitespaceOrSlash = TextRule { text in
    let isForbidden = text.unicodeScalars.contains { $0.properties.isWhitespace || $0 == "/" || $0 == "\0" }
    return isForbidden ? "must not hold white space, / or NUL" : nil
  }

  /// AMQP 0-9-1: a queue name is a short string; the broker keeps `amq.` for itself.
  static let queueName = TextRule { text in
    if text.utf8.count > 255 { return "must not be longer than 255 bytes" }
    return text.hasPrefix("amq.") ? "must not begin with amq., which the broker reserves" : nil
  }

  static let host = TextRule { Host.isValid($0) ? nil : "must be a host name or an IP address (IPv6 without brackets)" }

  static let password: [TextRule] = [.notEmpty, .trimmed, .printable]

  /// The first rule that the text breaks tells why.
  static func firstReason(in text: String, _ rules: [TextRule]) -> String? {
    rules.lazy.compactMap { $0.reason(text) }.first
  }
}

extension Unicode.Scalar {
  var isControl: Bool { properties.generalCategory == .control }
}
