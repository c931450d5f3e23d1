/// A host and a TCP port.
public struct NetworkEndpoint: Sendable, Hashable, CustomStringConvertible {
  /// A name or an address, IPv6 without brackets.
  public var host: String
  /// To listen on, 0 is any free port.
  public var port: Int

  public init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// As in a URL: `127.0.0.1:9464`, `[::1]:9464`.
  public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
