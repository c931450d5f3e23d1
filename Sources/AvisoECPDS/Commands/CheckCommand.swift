import ArgumentParser
import Authorization
import AuthorizationWorker
import Logging
import ServiceConfiguration

struct CheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check",
    abstract: "Decide one request straight from ECPDS, without a broker.",
    discussion: """
      Prints the reply, and on standard error one line for each server that failed, or with --verbose for every server.
      Exit status: 0 allow, 1 deny, 2 unavailable.
      """
  )

  @OptionGroup var configurationOption: ConfigurationOption
  @OptionGroup var question: QuestionOptions
  @OptionGroup var output: ReplyOutput

  @Flag(name: .shortAndLong, help: "Say of every server: status, time, records, skipped inactive, skipped without field.")
  var verbose = false

  func run() async throws {
    let configuration = try configurationOption.load()
    // The lines below say all that the log would.
    let logger = Logger(label: "check") { _ in SwiftLogNoOpLogHandler() }
    let check: DirectCheck
    do {
      check = try await DirectCheck.perform(question.request(), configuration, version: AvisoECPDS.version, logger: logger)
    } catch {
      StandardError.print("\(error)")
      try output.finish(AuthorizationReply(unavailable: "The check could not be made"))
    }
    for report in check.servers where verbose || report.outcome != .success {
      StandardError.print(line(report, targetField: configuration.ecpds.targetField))
    }
    try output.finish(check.reply)
  }

  private func line(_ report: ServerReport, targetField: String) -> String {
    let milliseconds = (report.duration / .milliseconds(1)).rounded()
    var facts = ["status \(report.status.map(String.init) ?? "none")", "\(Int(milliseconds)) ms"]
    switch report.result {
    case .success(let list):
      facts += [
        "\(list.recordCount) records",
        "\(list.skippedInactive) skipped inactive",
        "\(list.skippedWithoutField) skipped without '\(targetField)'",
      ]
    case .failure(let failure): facts.append(failure.message)
    }
    return "server \(report.server.index) \(report.server.baseURL): \(report.outcome.rawValue), \(facts.joined(separator: ", "))"
  }
}
