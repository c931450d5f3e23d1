import Foundation
import Glibc
import TestSupport

/// One end of a connection on loopback. What waits has a thread of its own.
final class TestSocket: @unchecked Sendable {
  enum Ending {
    case finished
    case reset
  }

  private let descriptor: Int32
  private var isClosed = false

  init(descriptor: Int32) {
    self.descriptor = descriptor
    Loopback.limitWaiting(descriptor, seconds: 30)
  }

  convenience init(port: Int) async throws {
    self.init(descriptor: try await onThread { try Loopback.connect(to: port) })
  }

  deinit {
    close()
  }

  func send(_ text: String) {
    _ = text.withCString { Glibc.send(descriptor, $0, strlen($0), Int32(MSG_NOSIGNAL)) }
  }

  /// For more than the kernel's buffers hold.
  func sendAll(_ text: String) async {
    try? await onThread { self.send(text) }
  }

  /// So many bytes, or fewer where the connection ends.
  func receive(_ count: Int) async -> String? {
    try? await onThread {
      var bytes = [UInt8](repeating: 0, count: count)
      let received = recv(self.descriptor, &bytes, count, Int32(MSG_WAITALL))
      return String(decoding: bytes.prefix(max(0, received)), as: UTF8.self)
    }
  }

  /// Waits for the other end to end the connection. Bytes that come before are an error of the test: they count as nothing.
  func ending() async -> Ending? {
    try? await onThread {
      var byte: UInt8 = 0
      switch recv(self.descriptor, &byte, 1, 0) {
      case 0: return .finished
      case -1 where errno == ECONNRESET: return .reset
      default: return nil
      }
    }
  }

  var hasNothingToRead: Bool {
    var byte: UInt8 = 0
    return recv(descriptor, &byte, 1, Int32(MSG_DONTWAIT) | Int32(MSG_PEEK)) == -1 && errno == EAGAIN
  }

  func finish() {
    shutdown(descriptor, Int32(SHUT_WR))
  }

  /// A TCP RST, which is what a close with unread bytes or with this option sends.
  func reset() {
    var option = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    close()
  }

  func close() {
    guard !isClosed else { return }
    isClosed = true
    Glibc.close(descriptor)
  }
}

/// Listens on a free port.
final class TestServer: Sendable {
  let port: Int
  private let descriptor: Int32

  init() throws {
    (descriptor, port) = try Loopback.listen()
    Loopback.limitWaiting(descriptor, seconds: 30)
  }

  deinit {
    close(descriptor)
  }

  func accept() async throws -> TestSocket {
    TestSocket(
      descriptor: try await onThread { try Loopback.accept(self.descriptor) }
    )
  }
}

private func onThread<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
  try await withCheckedThrowingContinuation { continuation in
    Thread.detachNewThread { continuation.resume(with: Result { try body() }) }
  }
}
