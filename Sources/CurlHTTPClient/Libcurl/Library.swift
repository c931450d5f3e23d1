import CCurl

/// libcurl as this process has it.
struct Library {
  /// Where the system's certificates are, as libcurl was built.
  let caDirectory: String?
  let hasHTTP2: Bool

  /// Initialises libcurl once a process; the language makes the first use of this safe from any thread.
  static let shared = Result<Library, CurlHTTPError> { () throws(CurlHTTPError) in try Library() }

  private init() throws(CurlHTTPError) {
    let code = curl_global_init(ccurl_global_default)
    guard code == CURLE_OK else { throw CurlHTTPError(code) }
    let version = ccurl_version_info().pointee
    guard version.features & CURL_VERSION_ASYNCHDNS != 0 else {
      throw CurlHTTPError(.internalError, "this libcurl resolves names in a way that would block the event loop")
    }
    guard version.features & CURL_VERSION_SSL != 0 else {
      throw CurlHTTPError(.internalError, "this libcurl has no TLS")
    }
    hasHTTP2 = version.features & CURL_VERSION_HTTP2 != 0
    caDirectory = version.capath.map { String(cString: $0) }
  }
}
