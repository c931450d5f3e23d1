package import Foundation

/// A program under test, which ends when this process ends, however it ends. Its standard input is a pipe; what it prints is kept.
package final class ChildProcess: @unchecked Sendable {
  private let name: String
  private let process = Process()
  private let input = Pipe()
  private let output = Pipe()
  private let errors = Pipe()
  private let condition = NSCondition()
  private var lines: [String] = []
  private var errorText = Data()
  private var unreadOutput = Data()
  private var openStreams = 2
  private var isGivenUp = false

  /// Starts the program.
  ///
  /// - Parameter deathSignal: what the kernel sends it when this process ends: another than KILL where it must tidy up.
  package init(
    _ executable: URL,
    _ arguments: [String],
    environment: [String: String] = [:],
    deathSignal: String = "KILL"
  ) throws {
    name = executable.lastPathComponent
    process.standardInput = input
    process.standardOutput = output
    process.standardError = errors
    try process.run(executable, arguments, environment: environment, deathSignal: deathSignal)
    read(output) { data in
      self.unreadOutput.append(data)
      while let end = self.unreadOutput.firstIndex(of: UInt8(ascii: "\n")) {
        self.lines.append(String(decoding: self.unreadOutput[..<end], as: UTF8.self))
        self.unreadOutput = Data(self.unreadOutput[(end + 1)...])
      }
    }
    read(errors) { self.errorText.append($0) }
  }

  package var processIdentifier: Int32 { process.processIdentifier }

  /// The lines printed on standard output so far.
  package var outputLines: [String] { condition.withLock { lines } }

  /// What was printed on standard error so far.
  package var errorOutput: String { condition.withLock { String(decoding: errorText, as: UTF8.self) } }

  /// The `count`th line from `index` on that fits, when it has come.
  ///
  /// - Throws: when the program's output ends without it, or the task is cancelled, as by a test's time limit.
  package func line(from index: Int = 0, count: Int = 1, where fits: @escaping @Sendable (String) -> Bool) async throws -> String
  {
    try await blocking {
      while true {
        if let line = self.lines.dropFirst(index).lazy.filter(fits).dropFirst(count - 1).first { return line }
        if self.openStreams == 0 || self.isGivenUp { throw Ended(self) }
        self.condition.wait()
      }
    }
  }

  /// Writes a line to the program's standard input.
  package func send(_ line: String) throws {
    try input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
  }

  package func closeInput() {
    try? input.fileHandleForWriting.close()
  }

  /// Without effect on a program that has ended: its number may be another's by now.
  package func signal(_ signal: Int32) {
    guard process.isRunning else { return }
    kill(process.processIdentifier, signal)
  }

  /// Waits for the program's end and returns its exit status, or 128 and the signal that ended it, as shells do.
  @discardableResult
  package func exitStatus() async -> Int32 {
    // A program that a cancelled test waits for is killed, and ends.
    try? await blocking { while self.openStreams > 0 { self.condition.wait() } }
    process.waitUntilExit()
    return process.terminationReason == .uncaughtSignal ? 128 + process.terminationStatus : process.terminationStatus
  }

  package struct Ended: Error, CustomStringConvertible {
    package let description: String

    package init(_ child: ChildProcess) {
      let output = child.lines.joined(separator: "\n") + "\n" + String(decoding: child.errorText, as: UTF8.self)
      description = "\(child.name) ended:\n\(output)"
    }
  }

  /// One thread a stream: a handler on a queue would come late when the machine is busy.
  private func read(_ pipe: Pipe, _ consume: @escaping (Data) -> Void) {
    nonisolated(unsafe) let consume = consume
    Thread.detachNewThread {
      while case let data = pipe.fileHandleForReading.availableData, !data.isEmpty {
        self.condition.withLock {
          consume(data)
          self.condition.broadcast()
        }
      }
      self.condition.withLock {
        self.openStreams -= 1
        self.condition.broadcast()
      }
    }
  }

  /// Runs what may wait on the condition, with its lock, on a thread of its own. Cancelling the task kills the program.
  private func blocking<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try self.condition.withLock(body) }) }
      }
    } onCancel: {
      signal(SIGKILL)
      condition.withLock {
        isGivenUp = true
        condition.broadcast()
      }
    }
  }
}
