import CCurl
import EventLoop

/// The libcurl multi handle, driven by an event loop: libcurl says which sockets and which timer to wait for, the loop says when they
/// are ready. To be used on the loop only, apart from its making.
///
/// libcurl does not say what has become of a multi handle, or of the transfers on it, when a call fails. So such a handle is given up
/// with all its transfers, and the next transfer gets a new one.
///
/// libcurl holds an unretained pointer to this object. It follows it only inside the calls made here, the last of which is in `close`.
/// No call is made from within a callback: completions are collected after libcurl has returned.
///
/// That everything after its making happens on the loop is what makes it `Sendable`; the compiler cannot check it.
final class MultiHandle: @unchecked Sendable {
  typealias Completion = (Result<CurlHTTPClient.Response, CurlHTTPError>) -> Void

  private let loop: EventLoop
  private let configuration: CurlHTTPClient.Configuration
  /// Nil once closed, and between one that has failed and the next.
  private var raw: UnsafeMutableRawPointer?
  /// Those that libcurl has, each kept for as long as it has them.
  private var transfers: [UnsafeMutableRawPointer: (handle: EasyHandle, completion: Completion)] = [:]
  private var sockets: Set<curl_socket_t> = []
  private var timer: TimerID?
  /// Why the loop could not wait for a socket, since the last call; libcurl knows only that something has failed.
  private var watchError: EventLoopError?

  init(loop: EventLoop, _ configuration: CurlHTTPClient.Configuration) throws(CurlHTTPError) {
    self.loop = loop
    self.configuration = configuration
    // At once, so that a machine that has none shows it at the start.
    try open()
  }

  deinit {
    close()
  }

  private func open() throws(CurlHTTPError) {
    guard let raw = curl_multi_init() else { throw CurlHTTPError(CURLM_OUT_OF_MEMORY, in: "curl_multi_init") }
    do throws(CurlHTTPError) {
      try check(ccurl_multi_set_long(raw, CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX)))
      try check(ccurl_multi_set_long(raw, CURLMOPT_MAX_HOST_CONNECTIONS, configuration.maximumConnectionsPerHost))
      try check(ccurl_multi_set_long(raw, CURLMOPT_MAXCONNECTS, configuration.maximumIdleConnections))
      let context = Unmanaged.passUnretained(self).toOpaque()
      try check(ccurl_multi_set_pointer(raw, CURLMOPT_SOCKETDATA, context))
      try check(
        ccurl_multi_set_socket_callback(raw) { _, socket, interest, context, _ in
          MultiHandle.from(context).watch(socket, for: interest)
        }
      )
      try check(ccurl_multi_set_pointer(raw, CURLMOPT_TIMERDATA, context))
      try check(
        ccurl_multi_set_timer_callback(raw) { _, milliseconds, context in
          MultiHandle.from(context).setTimer(milliseconds)
          return 0
        }
      )
    } catch {
      curl_multi_cleanup(raw)
      throw error
    }
    self.raw = raw
  }

  /// Starts a configured handle's transfer. `completion` is called once, on the loop and not from here, unless the handle is removed.
  /// Not to be called once closed.
  func add(_ handle: EasyHandle, completion: @escaping Completion) throws(CurlHTTPError) {
    if raw == nil { try open() }
    let code = curl_multi_add_handle(raw, handle.raw)
    guard code == CURLM_OK else { throw CurlHTTPError(code, in: "curl_multi_add_handle") }
    transfers[handle.raw] = (handle, completion)
  }

  /// Ends a transfer, whatever its state. A handle that is not here is ignored.
  func remove(_ handle: EasyHandle) {
    guard transfers.removeValue(forKey: handle.raw) != nil else { return }
    let code = curl_multi_remove_handle(raw, handle.raw)
    guard code != CURLM_OK else { return }
    handle.isSpoilt = true
    giveUp(CurlHTTPError(code, in: "curl_multi_remove_handle"))
  }

  /// Ends all transfers without completing them, and closes all connections. Idempotent.
  func close() {
    guard let raw else { return }
    self.raw = nil
    for (handle, _) in transfers.values where curl_multi_remove_handle(raw, handle.raw) != CURLM_OK { handle.isSpoilt = true }
    for socket in sockets { loop.deregister(socket) }
    sockets.removeAll()
    setTimer(-1)
    // libcurl closes idle connections now and must not tell an object that may be on its way out.
    _ = ccurl_multi_set_socket_callback(raw, nil)
    _ = ccurl_multi_set_timer_callback(raw, nil)
    // Where it fails, the handle and its connections are not freed. It is driven no more.
    _ = curl_multi_cleanup(raw)
    // Last: libcurl may have had pointers to those that it would not let go.
    transfers.removeAll()
  }

  // MARK: What libcurl asks for

  private static func from(_ context: UnsafeMutableRawPointer?) -> MultiHandle {
    Unmanaged<MultiHandle>.fromOpaque(context!).takeUnretainedValue()
  }

  /// Returns what libcurl wants: 0, or -1 to have the transfers fail.
  private func watch(_ socket: curl_socket_t, for interest: Int32) -> Int32 {
    if interest == CURL_POLL_REMOVE {
      if sockets.remove(socket) != nil { loop.deregister(socket) }
      return 0
    }
    do {
      if sockets.contains(socket) {
        try loop.update(socket, for: Readiness(curlPoll: interest))
      } else {
        try loop.register(socket, for: Readiness(curlPoll: interest)) { [weak self] readiness in
          self?.drive(socket, readiness.curlSelect)
        }
        sockets.insert(socket)
      }
      return 0
    } catch {
      watchError = error
      return -1
    }
  }

  /// A negative number of milliseconds is no timer.
  private func setTimer(_ milliseconds: Int) {
    timer.map(loop.cancel)
    timer = nil
    guard milliseconds >= 0 else { return }
    timer = loop.schedule(after: .milliseconds(milliseconds)) { [weak self] in
      self?.timer = nil
      self?.drive(CURL_SOCKET_TIMEOUT, 0)
    }
  }

  // MARK: What the loop tells

  private func drive(_ socket: curl_socket_t, _ readiness: Int32) {
    guard let raw else { return }
    var runningCount: Int32 = 0
    watchError = nil
    let code = curl_multi_socket_action(raw, socket, readiness, &runningCount)
    guard code == CURLM_OK else {
      let cause = watchError.map { CurlHTTPError(.internalError, $0.description) }
      return giveUp(cause ?? CurlHTTPError(code, in: "curl_multi_socket_action"))
    }
    var remainingCount: Int32 = 0
    // To complete one may mean to give up the handle.
    while let raw = self.raw, let message = curl_multi_info_read(raw, &remainingCount) {
      // Both are gone with the message when the handle is removed.
      let (easyHandle, result) = (message.pointee.easy_handle, message.pointee.data.result)
      guard message.pointee.msg == CURLMSG_DONE, let easyHandle, let transfer = transfers[easyHandle] else { continue }
      remove(transfer.handle)
      transfer.completion(transfer.handle.result(of: result))
    }
  }

  private func giveUp(_ error: CurlHTTPError) {
    let transfers = transfers
    close()
    for transfer in transfers.values { transfer.completion(.failure(error)) }
  }

  private func check(_ code: CURLMcode) throws(CurlHTTPError) {
    guard code == CURLM_OK else { throw CurlHTTPError(code, in: "curl_multi_setopt") }
  }
}

extension Readiness {
  fileprivate init(curlPoll: Int32) {
    self = []
    if curlPoll & CURL_POLL_IN != 0 { insert(.readable) }
    if curlPoll & CURL_POLL_OUT != 0 { insert(.writable) }
  }

  fileprivate var curlSelect: Int32 {
    (contains(.readable) ? CURL_CSELECT_IN : 0) | (contains(.writable) ? CURL_CSELECT_OUT : 0)
  }
}
