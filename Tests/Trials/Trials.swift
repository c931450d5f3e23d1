import ArgumentParser
import Foundation

/// What takes minutes, as programs: `bash Tests/chaos`, `bash Tests/soak` and `bash Tests/benchmark`.
@main
struct Trials: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trials",
    abstract: "Tests and benchmarks of a whole stack, which take minutes.",
    subcommands: [ChaosCommand.self, SoakCommand.self, RPCCommand.self]
  )

  /// Runs a trial with a folder for its logs, which is removed where the trial succeeds and named where it does not.
  ///
  /// - Returns: whether it succeeded.
  static func inDirectory(named name: String, _ trial: (URL) async throws -> Bool) async throws -> Bool {
    // Whoever is killed may be about to read what is written to it.
    signal(SIGPIPE, SIG_IGN)
    let directory = FileManager.default.temporaryDirectory.appending(path: "aviso-ecpds-\(name)-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    var isPassed = false
    do {
      isPassed = try await trial(directory)
    } catch {
      say("failed: \(error)")
    }
    if isPassed {
      try? FileManager.default.removeItem(at: directory)
    } else {
      say("logs: \(directory.path)")
    }
    return isPassed
  }

  static func say(_ line: String) {
    try? FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8))
  }
}
