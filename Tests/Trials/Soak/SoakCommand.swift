import ArgumentParser

struct SoakCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "soak",
    abstract: "One worker at full load, and whether what it uses stays the same.",
    discussion: """
      Keeps 200 requests under way to one worker, of users whom it has cached and others, allowed and denied, and sends invalid ones \
      beside them. Memory, open files and threads are flat where the median of the last third of the time is no more than that of the \
      middle one; memory has three per cent of tolerance. Exit status: 0 only if they are flat, every request was answered and no \
      answer was wrong.
      """
  )

  @Option(help: "How long the load lasts.")
  var minutes = 10.0

  func validate() throws {
    guard minutes >= 0.5, minutes <= 24 * 60 else { throw ValidationError("--minutes must be between 0.5 and 1440.") }
  }

  func run() async throws {
    let isPassed = try await Trials.inDirectory(named: "soak") { directory in
      let outcome = try await SoakRun(duration: .seconds(minutes * 60), write: Trials.say).perform(in: directory)
      Trials.say("\n\(outcome.table)\n")
      for failure in outcome.failures { Trials.say("failed: \(failure)") }
      return outcome.failures.isEmpty
    }
    guard isPassed else { throw ExitCode.failure }
    Trials.say("passed: flat")
  }
}
