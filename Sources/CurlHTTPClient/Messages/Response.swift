extension CurlHTTPClient {
  /// A complete response, of whatever status.
  public struct Response: Sendable, Hashable {
    public let status: Int
    /// The body as it was sent: nothing is asked to be compressed, so nothing is decompressed.
    public let body: [UInt8]
    /// What the server spoke.
    public let httpVersion: HTTPVersion

    public init(status: Int, body: [UInt8], httpVersion: HTTPVersion) {
      self.status = status
      self.body = body
      self.httpVersion = httpVersion
    }
  }

  public enum HTTPVersion: String, Sendable, Hashable {
    case http10 = "1.0"
    case http11 = "1.1"
    case http2 = "2"
    case http3 = "3"
  }
}
