/// The rules for one of `ecpds.servers`.
struct ServerURL {
  let usesTLS: Bool
  let host: String
  /// Equal for two spellings of one server: letter case, a default port and a trailing slash do not matter.
  let identity: String

  init(parsing text: String) throws(InvalidValue) {
    let address = try ServerAddress(parsing: text)
    switch address.scheme {
    case "http": usesTLS = false
    case "https": usesTLS = true
    default: throw InvalidValue(reason: "must have the scheme https")
    }
    guard address.userInformation == nil else {
      throw InvalidValue(reason: "must not hold user information: the service account is ecpds.username and ecpds.password")
    }
    host = address.host.lowercased()
    guard address.isBracketed || Host.isValid(host) else {
      throw InvalidValue(reason: "is not a URL: its host is no name and no address")
    }
    let port = address.port ?? (usesTLS ? 443 : 80)
    let path = address.path.hasSuffix("/") ? address.path.dropLast() : address.path
    identity = "\(address.scheme)://\(host) \(port)\(path)"
  }
}
