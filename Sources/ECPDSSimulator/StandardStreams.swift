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
    let input = DispatchIO(type: .stream, fileDescriptor: STDIN_FILENO, queue: .global()) { _ in }
    input.read(offset: 0, length: .max, queue: .global()) { isDone, _, _ in
      if isDone {
        continuation.finish()
      }
    }
    for await _ in ends {}
    input.close(flags: .stop)
  }
}
