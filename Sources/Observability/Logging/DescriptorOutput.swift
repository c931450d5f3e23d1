import Glibc

/// Writing to a descriptor that may be a file, a pipe or a terminal, blocking or not. The C calls are marked unsafe for the pointers they
/// take: to memory that outlives the call, with its true length.
enum DescriptorOutput {
  /// Writes all of `bytes`, however long that takes.
  /// - Returns: How many were written: fewer than all only where the descriptor failed for good.
  static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int {
    var writtenCount = 0
    while writtenCount < bytes.count {
      let count = unsafe bytes[writtenCount...].withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        writtenCount += count
        continue
      }
      switch errno {
      case EINTR: continue
      case EAGAIN: waitUntilWritable(descriptor)
      default: return writtenCount
      }
    }
    return writtenCount
  }

  /// A signal may end the wait early; the next write tells.
  private static func waitUntilWritable(_ descriptor: Int32) {
    var request = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    _ = unsafe poll(&request, 1, -1)
  }
}
