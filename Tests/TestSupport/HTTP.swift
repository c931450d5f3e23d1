package import Foundation
import Glibc

/// One HTTP request on a connection of its own, by a blocking socket on a thread of its own: nothing is shared that tests that run
/// side by side could wait for.
package enum HTTP {
  package struct Response: Sendable {
    package let status: Int
    package let body: Data
    package var text: String { String(decoding: body, as: UTF8.self) }
  }

  /// - Parameters:
  ///   - authorization: the value of the header of that name.
  ///   - timeout: in seconds, for each step. A server that hangs is an error, not a test that hangs.
  package static func request(
    _ method: String,
    port: Int,
    _ path: String,
    authorization: String? = nil,
    body: String? = nil,
    timeout: Int = 30
  ) async throws -> Response {
    // HTTP/1.0: the server closes the connection at the end of the response, and sends no chunks.
    var head = "\(method) \(path) HTTP/1.0\r\nHost: 127.0.0.1:\(port)\r\n"
    if let authorization { head += "Authorization: \(authorization)\r\n" }
    if let body { head += "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n" }
    let request = Data((head + "\r\n" + (body ?? "")).utf8)
    return try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread { continuation.resume(with: Result { try exchange(request, port: port, timeout: timeout) }) }
    }
  }

  private static func exchange(_ request: Data, port: Int, timeout: Int) throws -> Response {
    let descriptor = try Loopback.connect(to: port)
    let connection = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    Loopback.limitWaiting(descriptor, seconds: timeout)
    try connection.write(contentsOf: request)
    let response = try connection.readToEnd() ?? Data()
    guard let end = response.range(of: Data("\r\n\r\n".utf8)),
      let status = String(decoding: response.prefix(64), as: UTF8.self).split(separator: " ").dropFirst().first.flatMap({
        Int($0)
      })
    else { throw POSIXError(.EBADMSG) }
    return Response(status: status, body: Data(response[end.upperBound...]))
  }
}

/// Addresses on 127.0.0.1.
package enum Loopback {
  /// A port that was free a moment ago.
  package static func freePort() throws -> Int {
    let (descriptor, port) = try listen()
    close(descriptor)
    return port
  }

  /// A free port below the range from which the kernel hands out ports to outgoing connections: it is still free when its server
  /// starts, or starts again.
  package static func serverPort() throws -> Int {
    for _ in 0..<100 {
      guard let (descriptor, port) = try? listen(on: .random(in: 15_000..<32_000)) else { continue }
      close(descriptor)
      return port
    }
    throw POSIXError(.EADDRINUSE)
  }

  /// A socket that listens, on a free port unless one is named.
  package static func listen(on port: Int = 0) throws -> (descriptor: Int32, port: Int) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = address(port: port)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let status = withSocketAddress(&address) { pointer, _ in
      bind(descriptor, pointer, length) == 0 ? getsockname(descriptor, pointer, &length) : -1
    }
    guard status == 0, Glibc.listen(descriptor, 16) == 0 else { throw failure(closing: descriptor) }
    return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
  }

  /// A socket that is connected to a server.
  package static func connect(to port: Int) throws -> Int32 {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var address = address(port: port)
    guard withSocketAddress(&address, { Glibc.connect(descriptor, $0, $1) }) == 0 else { throw failure(closing: descriptor) }
    return descriptor
  }

  /// Waits for a connection to a socket that listens.
  package static func accept(_ listener: Int32) throws -> Int32 {
    let descriptor = Glibc.accept(listener, nil, nil)
    guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    return descriptor
  }

  /// Reading, and accepting, fails when nothing comes for so long.
  package static func limitWaiting(_ descriptor: Int32, seconds: Int) {
    var limit = timeval(tv_sec: seconds, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  private static func failure(closing descriptor: Int32) -> POSIXError {
    let code = errno
    close(descriptor)
    return POSIXError(POSIXErrorCode(rawValue: code) ?? .EIO)
  }

  private static func address(port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return address
  }

  private static func withSocketAddress(
    _ address: inout sockaddr_in,
    _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
  }
}
