import Foundation
import TestSupport

/// `aviso-ecpds load` against a stack, every answer verified.
struct LoadProcess {
  private let process: LoggedProcess
  private let output: URL
  private let log: URL

  enum ReplyMode: String {
    /// Through everything that happens to the broker, no answer is missed.
    case durable
    /// The fastest.
    case direct
  }

  /// - Parameter arguments: how much, how fast, and for whom.
  init(_ stack: TrialStack, replyMode: ReplyMode, load arguments: [String]) throws {
    output = stack.directory.appending(path: "load.json")
    log = stack.directory.appending(path: "load.log")
    process = try LoggedProcess(
      Repository.program("aviso-ecpds"),
      ["load", "--config", stack.loadConfiguration.path, "--verify", stack.dataFile.path, "--json", "--timeout", "120"]
        + ["--reply-mode", replyMode.rawValue] + stack.brokerURLs.flatMap { ["--broker", $0] } + arguments,
      log: log,
      output: output
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
