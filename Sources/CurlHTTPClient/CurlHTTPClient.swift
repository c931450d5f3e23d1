public import EventLoop

/// An HTTP client for GET requests: one libcurl multi handle, driven by an event loop.
///
/// It lives on the loop, so whoever lives there too calls it without a thread hop. Connections are kept and shared, HTTP/2 is spoken
/// over TLS where the server can. No redirect is followed, no proxy and no netrc file is used, no cookie is kept, no response is
/// decompressed. Certificates and host names are verified, TLS is 1.2 or later. A request is not repeated, except that libcurl takes a
/// new connection where a kept one turns out to have been closed before any answer.
///
/// The program must ignore SIGPIPE: OpenSSL writes to sockets that the peer may have closed.
public actor CurlHTTPClient {
  private struct Transfer {
    let handle: EasyHandle
    let timer: TimerID
    let continuation: CheckedContinuation<Result<Response, CurlHTTPError>, Never>
  }

  private let loop: EventLoop
  private let configuration: Configuration
  private let library: Library
  private let multiHandle: MultiHandle
  private var isShutDown = false
  private var transfers: [UInt64: Transfer] = [:]
  private var lastTransfer: UInt64 = 0
  /// Reset handles, to be used again.
  private var idleHandles: [EasyHandle] = []

  public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  /// Makes a client; nothing is connected yet.
  ///
  /// - Throws: `CurlHTTPError` with `invalidConfiguration` when a number is not positive, and with
  ///   `internalError` when this libcurl lacks TLS or would block the loop for name resolution.
  public init(loop: EventLoop, configuration: Configuration) throws(CurlHTTPError) {
    try configuration.validate()
    library = try Library.shared.get()
    multiHandle = try MultiHandle(loop: loop, configuration)
    self.loop = loop
    self.configuration = configuration
  }

  deinit {
    // Nothing else has it any more. (An isolated deinit would say this, but does not compile when optimised.)
    loop.execute { [multiHandle] in multiHandle.close() }
  }

  /// Performs a request. Cancelling the task ends the transfer.
  ///
  /// - Returns: the complete response, whatever its status.
  /// - Throws: `CurlHTTPError` where there is none.
  public func execute(_ request: Request) async throws(CurlHTTPError) -> Response {
    guard !Task.isCancelled else { throw .taskCancelled }
    lastTransfer += 1
    let transfer = lastTransfer
    let result = await withTaskCancellationHandler {
      await withCheckedContinuation { start(transfer, request, $0) }
    } onCancel: {
      // Comes to the loop after `start`, which no suspension separates from here.
      Task { await self.abort(transfer, with: .taskCancelled) }
    }
    return try result.get()
  }

  /// Ends every transfer with `shutDown`, as it does all that are asked for later, and closes the connections. Idempotent.
  public func shutdown() {
    guard !isShutDown else { return }
    isShutDown = true
    for transfer in transfers.keys { abort(transfer, with: .clientShutDown) }
    idleHandles.removeAll()
    multiHandle.close()
  }

  private func start(
    _ transfer: UInt64,
    _ request: Request,
    _ continuation: CheckedContinuation<Result<Response, CurlHTTPError>, Never>
  ) {
    do throws(CurlHTTPError) {
      guard !isShutDown else { throw .clientShutDown }
      try request.validate()
      let handle = if let idle = idleHandles.popLast() { idle } else { try EasyHandle() }
      try handle.configure(for: request, configuration, library)
      try multiHandle.add(handle) { self.finish(transfer, $0) }
      // libcurl's own limit does not hold while a transfer waits for a connection.
      let timer = loop.schedule(after: request.timeout) {
        self.abort(transfer, with: CurlHTTPError(.timedOut, "no complete response within \(request.timeout)"))
      }
      transfers[transfer] = Transfer(handle: handle, timer: timer, continuation: continuation)
    } catch {
      continuation.resume(returning: .failure(error))
    }
  }

  /// Ends a transfer before its time; one that is over already is ignored.
  private func abort(_ transfer: UInt64, with error: CurlHTTPError) {
    guard let handle = transfers[transfer]?.handle else { return }
    var error = error
    error.status = handle.status
    multiHandle.remove(handle)
    finish(transfer, .failure(error))
  }

  private func finish(_ transfer: UInt64, _ result: Result<Response, CurlHTTPError>) {
    guard let transfer = transfers.removeValue(forKey: transfer) else { return }
    loop.cancel(transfer.timer)
    if !transfer.handle.isSpoilt {
      transfer.handle.reset()
      if idleHandles.count < configuration.maximumConnectionsPerHost { idleHandles.append(transfer.handle) }
    }
    transfer.continuation.resume(returning: result)
  }
}

extension CurlHTTPError {
  fileprivate static let taskCancelled = CurlHTTPError(.cancelled, "the task was cancelled")
  fileprivate static let clientShutDown = CurlHTTPError(.shutDown, "the HTTP client was shut down")
}
