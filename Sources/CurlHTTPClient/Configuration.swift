extension CurlHTTPClient {
  /// What holds for every request of a client.
  public struct Configuration: Sendable {
    /// The system's certificates: a directory in the form of `openssl rehash`. Nil for the one that libcurl was built with.
    public var caDirectory: String?
    /// How many connections one server may get at a time; requests beyond them wait.
    public var maximumConnectionsPerHost: Int
    /// How many connections without a request are kept open, over all servers.
    public var maximumIdleConnections: Int
    /// The value of the User-Agent header.
    public var userAgent: String

    public init(
      caDirectory: String? = nil,
      maximumConnectionsPerHost: Int = 64,
      maximumIdleConnections: Int = 64,
      userAgent: String
    ) {
      self.caDirectory = caDirectory
      self.maximumConnectionsPerHost = maximumConnectionsPerHost
      self.maximumIdleConnections = maximumIdleConnections
      self.userAgent = userAgent
    }
  }
}

extension CurlHTTPClient.Configuration {
  /// What can be known before the first connection.
  func validate() throws(CurlHTTPError) {
    guard maximumConnectionsPerHost > 0, maximumIdleConnections > 0 else {
      throw CurlHTTPError(.invalidConfiguration, "the numbers of connections must be positive")
    }
    guard [userAgent, caDirectory ?? ""].allSatisfy({ $0.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } }) else {
      throw CurlHTTPError(.invalidConfiguration, "the user agent or a certificate path has a control character in it")
    }
  }
}
