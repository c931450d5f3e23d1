/// Where the broker is and who we are to it: an `amqp://` or `amqps://` URL, taken apart.
///
/// The rules are RabbitMQ's URI specification (https://www.rabbitmq.com/docs/uri-spec): every part is percent-decoded, a part
/// that is absent takes its default, and a part that is there but empty is empty. So `amqp://host` means the virtual host `/`,
/// and `amqp://host/` the virtual host whose name is empty. Query parameters are not supported.
public struct AMQPURL: Sendable, Equatable {
  /// A name or an address; an IPv6 address stands without brackets.
  public var host = "127.0.0.1"
  /// 5672 by default, 5671 with TLS.
  public var port = 5672
  /// `guest` by default.
  public var username = "guest"
  /// `guest` by default.
  public var password = Secret("guest")
  /// `/` by default.
  public var virtualHost = "/"
  /// Whether the scheme is `amqps`.
  public var usesTLS = false
  /// Whether the URL itself names a user, and holds a password.
  private(set) var givesUser = false
  private(set) var givesPassword = false

  /// A broker on this machine with RabbitMQ's own defaults.
  public init() {}
}

extension AMQPURL {
  /// Takes a URL apart.
  ///
  /// - Parameter other: has the account and the virtual host of a URL that names none.
  init(parsing text: String, inheritingFrom other: AMQPURL = AMQPURL()) throws(InvalidValue) {
    self = other
    let address = try ServerAddress(parsing: text)
    switch address.scheme {
    case "amqp": usesTLS = false
    case "amqps": usesTLS = true
    default: throw InvalidValue(reason: "must have the scheme amqp or amqps")
    }
    host = try Self.decode(address.host)
    guard address.isBracketed || Host.isValid(host) else {
      throw InvalidValue(reason: "is not a URL: its host is no name and no address")
    }
    port = address.port ?? (usesTLS ? 5671 : 5672)
    if let userInformation = address.userInformation {
      let parts = userInformation.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      username = try Self.decode(parts[0])
      givesUser = true
      givesPassword = parts.count == 2
      // Never another account's.
      password = givesPassword ? Secret(try Self.decode(parts[1])) : AMQPURL().password
    }
    if !address.path.isEmpty {
      let segment = address.path.dropFirst()
      guard !segment.contains("/") else {
        throw InvalidValue(reason: "must have one path segment, the virtual host (a / in its name is written %2F)")
      }
      virtualHost = try Self.decode(segment)
      guard virtualHost.utf8.count <= 255 else {
        throw InvalidValue(reason: "must not name a virtual host of more than 255 bytes")
      }
    }
  }

  private static func decode(_ part: Substring) throws(InvalidValue) -> String {
    guard let decoded = PercentEncoding.decode(part) else {
      throw InvalidValue(reason: "is not a URL: a percent-encoded part is not UTF-8")
    }
    guard !decoded.unicodeScalars.contains(where: \.isControl) else {
      throw InvalidValue(reason: "must not hold control characters")
    }
    return decoded
  }
}

extension AMQPURL: CustomStringConvertible {
  /// The URL with every part spelled out and the password redacted.
  public var description: String { description(login: "\(PercentEncoding.encode(username)):\(password)@") }

  /// The URL where the user and the password count for nothing.
  var descriptionWithoutLogin: String { description(login: "") }

  private func description(login: String) -> String {
    let location = Host.isIPv6Address(host) ? "[\(host)]" : host
    return "\(usesTLS ? "amqps" : "amqp")://\(login)\(location):\(port)/\(PercentEncoding.encode(virtualHost))"
  }
}
