import Foundation
import TestSupport

/// `aviso-ecpds load`, every answer verified.
struct LoadProcess {
  private let process: LoggedProcess
  private let output: URL
  private let log: URL

  enum ReplyMode: String {
    /// Through everything that happens to the broker, no answer is missed.
    case durable
    /// The fastest.
    case direct
    /// To a queue of the load's own.
    case queue
  }

  /// - Parameters:
  ///   - configuration: where the broker and the request queue are.
  ///   - data: the simulators' data, which the answers are checked against.
  ///   - arguments: how much, how fast, and for whom.
  ///   - directory: for the report and the log; one load at a time has it.
  init(_ configuration: URL, data: URL, replyMode: ReplyMode, load arguments: [String], in directory: URL) throws {
    output = directory.appending(path: "load.json")
    log = directory.appending(path: "load.log")
    try? FileManager.default.removeItem(at: output)
    process = try LoggedProcess(
      Repository.program("aviso-ecpds"),
      ["load", "--config", configuration.path, "--verify", data.path, "--json", "--timeout", "120"]
        + ["--reply-mode", replyMode.rawValue] + arguments,
      log: log,
      output: output
    )
  }

  /// Against a stack.
  init(_ stack: TrialStack, replyMode: ReplyMode, load arguments: [String]) throws {
    try self.init(
      stack.loadConfiguration,
      data: stack.dataFile,
      replyMode: replyMode,
      load: stack.brokerURLs.flatMap { ["--broker", $0] } + arguments,
      in: stack.directory
    )
  }

  var isRunning: Bool { process.isRunning }

  struct NoReport: Error, CustomStringConvertible {
    let description: String
  }

  /// Waits for the end.
  ///
  /// - Throws: when it does not end in so many seconds, or prints no report.
  func report(seconds: Int) async throws -> LoadReport {
    do {
      try await Patience.wait(for: "the load to end", seconds: seconds) { !process.isRunning }
    } catch {
      process.signal(SIGKILL)
      throw error
    }
    do {
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      return try decoder.decode(LoadReport.self, from: try Data(contentsOf: output))
    } catch {
      let end = ((try? String(contentsOf: log, encoding: .utf8)) ?? "").suffix(2000)
      throw NoReport(description: "the load ended with status \(await process.exitStatus()) and no report: \(error)\n\(end)")
    }
  }
}
