internal import Dispatch
internal import Glibc

/// What the program says to those who started it, every line at once, and whether they are still there.
enum StandardStreams {
  /// Writes a line to standard output.
  static func printLine(_ line: String) {
    print(line)
    // A null pointer stands for all output streams.
    fflush(nil)
  }

  /// Writes a line to standard error, past the C library's streams, which Swift does not consider safe to share.
  static func printError(_ line: String) {
    let line = line + "\n"
    // Safe: the pointer is valid for the call and for as many bytes as are announced.
    _ = unsafe write(STDERR_FILENO, line, line.utf8.count)
  }

  /// Reads standard input, of whatever kind, to its end and returns then, or when the task is cancelled. What comes in is of no interest.
  static func waitForEndOfInput() async {
    let (ends, continuation) = AsyncStream.makeStream(of: Never.self)
    // A thread that waits in `read`. With `DispatchIO` the program crashed now and then as its input ended, in Dispatch's own thread:
    // https://github.com/swiftlang/swift-corelibs-libdispatch/issues/949.
    DispatchQueue(label: "standard input").async {
      while hasMoreInput() {}
      continuation.finish()
    }
    for await _ in ends {}
  }

  /// Waits for input and forgets it; false at the end, or where there is none to read.
  private static func hasMoreInput() -> Bool {
    withUnsafeTemporaryAllocation(byteCount: 4096, alignment: 1) { buffer in
      // Safe: the pointer is valid for the call and for as many bytes as are announced.
      let count = unsafe read(STDIN_FILENO, buffer.baseAddress, buffer.count)
      return count > 0 || (count == -1 && errno == EINTR)
    }
  }
}
