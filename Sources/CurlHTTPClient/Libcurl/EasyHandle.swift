import CCurl
import Glibc

/// One libcurl easy handle, for one transfer at a time and any number after each other.
///
/// libcurl holds a pointer to this object and to its error buffer from `configure` until `reset` or the end of the object, and follows
/// it only inside calls that drive the multi handle. `MultiHandle` keeps the object for as long as it has the raw handle.
final class EasyHandle {
  let raw: UnsafeMutableRawPointer
  private let errorBuffer: UnsafeMutablePointer<CChar>
  private var response = ResponseBuffer(maximumBodyByteCount: 0)
  /// Why a socket could not be used.
  private var socketError: String?
  /// Whether libcurl may still have it for a transfer that is over: then it must be neither reset nor used again.
  var isSpoilt = false

  /// A peer that has acknowledged nothing for so long is gone. A dead HTTP/2 connection would otherwise be used for request after
  /// request, since the time-out of one does not close it.
  private static let unacknowledgedMilliseconds: Int32 = 20_000

  init() throws(CurlHTTPError) {
    guard let raw = curl_easy_init() else { throw CurlHTTPError(CURLE_OUT_OF_MEMORY) }
    self.raw = raw
    errorBuffer = .allocate(capacity: Int(CURL_ERROR_SIZE))
    errorBuffer.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
  }

  deinit {
    curl_easy_cleanup(raw)
    errorBuffer.deallocate()
  }

  // MARK: Before a transfer

  /// Sets every option for one request, on a handle that is new or reset.
  func configure(
    for request: CurlHTTPClient.Request,
    _ configuration: CurlHTTPClient.Configuration,
    _ library: Library
  ) throws(CurlHTTPError) {
    errorBuffer.pointee = 0
    socketError = nil
    response = ResponseBuffer(maximumBodyByteCount: request.maximumResponseByteCount)
    try check(ccurl_easy_set_pointer(raw, CURLOPT_ERRORBUFFER, errorBuffer))
    // No signal of libcurl's own; the program ignores SIGPIPE.
    try set(CURLOPT_NOSIGNAL, 1)
    try setRequest(request, userAgent: configuration.userAgent)
    try setTLS(request.certificateAuthorities, configuration, library)
    try setConnection(request, library)
    try setCallbacks()
  }

  /// Forgets the transfer, its credentials and its response. To be called when no multi handle has it.
  func reset() {
    curl_easy_reset(raw)
    response = ResponseBuffer(maximumBodyByteCount: 0)
  }

  private func setRequest(_ request: CurlHTTPClient.Request, userAgent: String) throws(CurlHTTPError) {
    try check(ccurl_easy_allow_only_http(raw))
    try set(CURLOPT_URL, request.url)
    try set(CURLOPT_PATH_AS_IS, 1)
    try set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
    try set(CURLOPT_FOLLOWLOCATION, 0)
    try set(CURLOPT_NETRC, Int(CURL_NETRC_IGNORED.rawValue))
    if let username = request.username {
      try set(CURLOPT_HTTPAUTH, ccurl_auth_basic)
      try set(CURLOPT_USERNAME, username)
      try set(CURLOPT_PASSWORD, request.password ?? "")
    }
    try set(CURLOPT_USERAGENT, userAgent)
    // What is declared too long ends before it is sent; `ResponseBuffer` sees to the rest.
    let limit = curl_off_t(request.maximumResponseByteCount)
    try check(ccurl_easy_set_offset(raw, CURLOPT_MAXFILESIZE_LARGE, limit))
  }

  private func setTLS(
    _ authorities: [UInt8]?,
    _ configuration: CurlHTTPClient.Configuration,
    _ library: Library
  ) throws(CurlHTTPError) {
    try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
    try set(CURLOPT_SSL_VERIFYPEER, 1)
    try set(CURLOPT_SSL_VERIFYHOST, 2)
    // The directory alone has all of the system's certificates. libcurl's default file has them too and would be parsed, all of it, at
    // every new connection, on the loop.
    let directory = configuration.caDirectory ?? library.caDirectory
    if let directory { try set(CURLOPT_CAPATH, directory) }
    if authorities != nil || directory != nil { try set(CURLOPT_CAINFO, nil) }
    // As bytes and not as a file: libcurl uses neither a kept connection nor a TLS session again whose bytes were others, and keeps no
    // certificates of its own from one connection to the next.
    if let authorities {
      let code = authorities.withUnsafeBytes { ccurl_easy_set_bytes(raw, CURLOPT_CAINFO_BLOB, $0.baseAddress, $0.count) }
      try check(code)
    }
  }

  private func setConnection(_ request: CurlHTTPClient.Request, _ library: Library) throws(CurlHTTPError) {
    try set(CURLOPT_HTTP_VERSION, Int(library.hasHTTP2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1))
    // A request does not wait to learn whether a connection under way could carry it too: when a server does not answer, each fails in
    // its own time and not after the others'.
    try set(CURLOPT_PIPEWAIT, 0)
    try set(CURLOPT_TCP_NODELAY, 1)
    // Proxies from the environment would see the credentials.
    try set(CURLOPT_PROXY, "")
    try set(CURLOPT_CONNECTTIMEOUT_MS, request.connectTimeout.wholeMilliseconds)
    try check(ccurl_easy_abandon_resolver(raw))
  }

  private func setCallbacks() throws(CurlHTTPError) {
    let context = Unmanaged.passUnretained(self).toOpaque()
    try check(ccurl_easy_set_pointer(raw, CURLOPT_SOCKOPTDATA, context))
    try check(
      ccurl_easy_set_socket_options_callback(raw) { context, socket, _ in
        EasyHandle.from(context).setOptions(of: socket) ? CURL_SOCKOPT_OK : CURL_SOCKOPT_ERROR
      }
    )
    try check(ccurl_easy_set_pointer(raw, CURLOPT_HEADERDATA, context))
    try check(
      ccurl_easy_set_data_callback(raw, CURLOPT_HEADERFUNCTION) { _, size, count, context in
        EasyHandle.from(context).response.receiveHeader(byteCount: size * count) ? size * count : 0
      }
    )
    try check(ccurl_easy_set_pointer(raw, CURLOPT_WRITEDATA, context))
    try check(
      ccurl_easy_set_data_callback(raw, CURLOPT_WRITEFUNCTION) { data, size, count, context in
        let piece = UnsafeRawBufferPointer(start: data, count: size * count)
        return EasyHandle.from(context).response.receiveBody(piece) ? piece.count : 0
      }
    )
  }

  private func setOptions(of socket: curl_socket_t) -> Bool {
    var limit = Self.unacknowledgedMilliseconds
    let size = socklen_t(MemoryLayout.size(ofValue: limit))
    guard setsockopt(socket, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, &limit, size) != 0 else { return true }
    // libcurl knows only that something has failed.
    socketError = "setsockopt: \(String(cString: strerror(errno)))"
    return false
  }

  private static func from(_ context: UnsafeMutableRawPointer?) -> EasyHandle {
    Unmanaged<EasyHandle>.fromOpaque(context!).takeUnretainedValue()
  }

  private func set(_ option: CURLoption, _ value: Int) throws(CurlHTTPError) {
    try check(ccurl_easy_set_long(raw, option, value))
  }

  private func set(_ option: CURLoption, _ value: String?) throws(CurlHTTPError) {
    try check(ccurl_easy_set_string(raw, option, value))
  }

  private func check(_ code: CURLcode) throws(CurlHTTPError) {
    guard code == CURLE_OK else { throw CurlHTTPError(code) }
  }

  // MARK: After a transfer

  /// The response's status, once there is one.
  var status: Int? {
    let status = information(CURLINFO_RESPONSE_CODE)
    return status == 0 ? nil : status
  }

  /// What became of a transfer that libcurl has ended with `code`.
  func result(of code: CURLcode) -> Result<CurlHTTPClient.Response, CurlHTTPError> {
    if let overflow = response.overflow { return .failure(CurlHTTPError(overflow, status: status, curlCode: code)) }
    guard code == CURLE_OK else {
      let cause = code == CURLE_ABORTED_BY_CALLBACK ? socketError : nil
      return .failure(CurlHTTPError(code, detail: cause ?? String(cString: errorBuffer), status: status))
    }
    guard let status, let version = CurlHTTPClient.HTTPVersion(curlVersion: information(CURLINFO_HTTP_VERSION)) else {
      return .failure(CurlHTTPError(.internalError, "libcurl reports no status or no HTTP version"))
    }
    return .success(CurlHTTPClient.Response(status: status, body: response.body, httpVersion: version))
  }

  private func information(_ information: CURLINFO) -> Int {
    var value = 0
    return ccurl_easy_get_long(raw, information, &value) == CURLE_OK ? value : 0
  }
}
