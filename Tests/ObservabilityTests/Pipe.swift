import Glibc
import NIOPosix

/// A pipe of the kernel, whose ends the test closes.
final class Pipe: Sendable {
  let readEnd: Int32
  let writeEnd: Int32

  /// What ``fill(thenNonBlocking:)`` writes, a line at a time.
  static let filler = String(repeating: "f", count: 4_095)

  init() throws {
    var descriptors: [Int32] = [-1, -1]
    // Unsafe for its pointer, to an array of two as pipe(2) wants it.
    guard unsafe pipe(&descriptors) == 0 else { throw IOFailure(errno: errno) }
    (readEnd, writeEnd) = (descriptors[0], descriptors[1])
    // Writing to a pipe without a reader must fail, not end the tests.
    signal(SIGPIPE, SIG_IGN)
  }

  struct IOFailure: Error { let errno: Int32 }

  /// Writes until nothing more fits.
  func fill(thenNonBlocking: Bool) throws {
    guard fcntl(writeEnd, F_SETFL, O_NONBLOCK) == 0 else { throw IOFailure(errno: errno) }
    let line = Array((Self.filler + "\n").utf8)
    // Unsafe for its pointer, to the line, with its length.
    while unsafe line.withUnsafeBytes({ unsafe write(writeEnd, $0.baseAddress, $0.count) }) > 0 {}
    guard fcntl(writeEnd, F_SETFL, thenNonBlocking ? O_NONBLOCK : 0) == 0 else { throw IOFailure(errno: errno) }
  }

  /// Waits until something has been written, and takes one byte of it.
  func readByte() async throws {
    let count = try await NIOThreadPool.singleton.runIfActive { [readEnd] in
      var byte: UInt8 = 0
      // Unsafe for its pointer, to one byte, as the length says.
      return unsafe read(readEnd, &byte, 1)
    }
    guard count == 1 else { throw IOFailure(errno: EPIPE) }
  }

  /// Everything up to the end of the stream, read on a thread that may block.
  func readLines() async throws -> [String] {
    try await NIOThreadPool.singleton.runIfActive { [readEnd] in
      var bytes: [UInt8] = []
      var chunk = [UInt8](repeating: 0, count: 65_536)
      while true {
        // Unsafe for its pointer, to the chunk, with its length.
        let count = unsafe chunk.withUnsafeMutableBytes { unsafe read(readEnd, $0.baseAddress, $0.count) }
        guard count > 0 else { break }
        bytes += chunk[..<count]
      }
      return String(decoding: bytes, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }
  }
}
