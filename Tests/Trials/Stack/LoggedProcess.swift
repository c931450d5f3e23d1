import Foundation
import TestSupport

/// A program whose output goes to a file, and that dies with this process, however that ends.
final class LoggedProcess: @unchecked Sendable {
  /// The program was to be there still.
  struct EndedByItself: Error, CustomStringConvertible {
    let description: String
  }

  private let process = Process()
  /// Ends at once when somebody asks after the end.
  private let ending: Task<Int32, Never>

  /// - Parameters:
  ///   - log: what is printed is appended to it.
  ///   - output: gets what goes to standard output instead.
  init(_ executable: URL, _ arguments: [String], log: URL, output: URL? = nil) throws {
    let process = process
    let errors = try Self.append(to: log)
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try output.map(Self.append) ?? errors
    process.standardError = errors
    let (ends, continuation) = AsyncStream.makeStream(of: Int32.self)
    process.terminationHandler = {
      continuation.yield($0.terminationReason == .uncaughtSignal ? 128 + $0.terminationStatus : $0.terminationStatus)
      continuation.finish()
    }
    ending = Task { await ends.first { _ in true } ?? -1 }
    try process.run(executable, arguments)
  }

  private static func append(to file: URL) throws -> FileHandle {
    let descriptor = open(file.path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    return FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
  }

  var isRunning: Bool { process.isRunning }

  /// Without effect on a program that has ended: its number may be another's by now.
  func signal(_ signal: Int32) {
    guard process.isRunning else { return }
    kill(process.processIdentifier, signal)
  }

  /// Waits for the end; the status is 128 and the signal that ended the program, as shells have it.
  @discardableResult
  func exitStatus() async -> Int32 { await ending.value }

  var processIdentifier: Int32 { process.processIdentifier }
}
