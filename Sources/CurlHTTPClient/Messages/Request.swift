extension CurlHTTPClient {
  /// A GET request.
  public struct Request: Sendable {
    /// The whole URL, http or https, already percent-encoded: the path and the query are sent as they are. User information in it is
    /// refused.
    public var url: String
    /// The account for HTTP Basic authentication (RFC 7617); no authentication without one. Must not hold a colon.
    public var username: String?
    /// Its secret, which no description, dump or error shows.
    public var password: String?
    /// Certificates in PEM form to trust beside the system's. A connection that was made while others were trusted is not used.
    public var certificateAuthorities: [UInt8]?
    /// How long name resolution, TCP and TLS may take together.
    public var connectTimeout: Duration
    /// How long all of it may take, the wait for a free connection included.
    public var timeout: Duration
    /// How long the body may be, in bytes.
    public var maximumResponseByteCount: Int

    public init(
      url: String,
      username: String? = nil,
      password: String? = nil,
      certificateAuthorities: [UInt8]? = nil,
      connectTimeout: Duration = .seconds(5),
      timeout: Duration = .seconds(30),
      maximumResponseByteCount: Int = 16 * 1024 * 1024
    ) {
      self.url = url
      self.username = username
      self.password = password
      self.certificateAuthorities = certificateAuthorities
      self.connectTimeout = connectTimeout
      self.timeout = timeout
      self.maximumResponseByteCount = maximumResponseByteCount
    }
  }
}

extension CurlHTTPClient.Request {
  /// Refuses what libcurl would cut short at a NUL, guess about, or send in another meaning.
  func validate() throws(CurlHTTPError) {
    guard url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
      throw CurlHTTPError(.invalidURL, "the URL has white space or a control character in it")
    }
    let scheme = url.prefix { $0 != ":" }.lowercased()
    guard scheme == "http" || scheme == "https", url.dropFirst(scheme.count).hasPrefix("://") else {
      throw CurlHTTPError(.invalidURL, "the URL begins neither with http:// nor with https://")
    }
    guard !(username ?? "").utf8.contains(where: { $0 == UInt8(ascii: ":") || $0 < 0x20 || $0 == 0x7F }) else {
      throw CurlHTTPError(.invalidCredentials, "the user name has a colon or a control character in it")
    }
    guard !(password ?? "").utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) else {
      throw CurlHTTPError(.invalidCredentials, "the password has a control character in it")
    }
  }
}

extension CurlHTTPClient.Request: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  public var description: String { "GET \(url)" }
  public var debugDescription: String { description }

  public var customMirror: Mirror {
    Mirror(
      self,
      children: [
        "url": url,
        "username": username as Any,
        "password": password == nil ? "none" : "<redacted>",
        "connectTimeout": connectTimeout,
        "timeout": timeout,
        "maximumResponseByteCount": maximumResponseByteCount,
      ],
      displayStyle: .struct
    )
  }
}
