import CCurl

extension CurlHTTPClient.HTTPVersion {
  /// libcurl's number for it.
  init?(curlVersion: Int) {
    switch curlVersion {
    case Int(CURL_HTTP_VERSION_1_0): self = .http10
    case Int(CURL_HTTP_VERSION_1_1): self = .http11
    case Int(CURL_HTTP_VERSION_2_0): self = .http2
    case Int(CURL_HTTP_VERSION_3): self = .http3
    default: return nil
    }
  }
}

extension CurlHTTPError {
  /// A response that this side has refused because of its length; `curlCode` is how libcurl took that.
  init(_ overflow: ResponseBuffer.Overflow, status: Int?, curlCode: CURLcode) {
    let message =
      switch overflow {
      case .header(let limit): "the header is longer than \(limit) bytes"
      case .body(let limit): "the body is longer than \(limit) bytes"
      }
    self.init(.responseTooLarge, message, status: status, curlCode: Int32(bitPattern: curlCode.rawValue))
  }
}

extension Duration {
  /// In the form libcurl wants for a limit: rounded up, and at least 1, for 0 means that there is none.
  var wholeMilliseconds: Int {
    let (seconds, attoseconds) = components
    let attosecondsPerMillisecond: Int64 = 1_000_000_000_000_000
    // libcurl refuses more than fits a 32-bit number of milliseconds.
    guard seconds < Int64(Int32.max) / 1000 else { return Int(Int32.max) }
    return max(1, Int(seconds * 1000 + (attoseconds + attosecondsPerMillisecond - 1) / attosecondsPerMillisecond))
  }
}
