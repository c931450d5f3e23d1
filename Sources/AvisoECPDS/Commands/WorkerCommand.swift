import ArgumentParser
import AuthorizationWorker
import Glibc

struct WorkerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker",
    abstract: "Consume requests until SIGTERM or SIGINT, then drain.",
    discussion: """
      The first signal lets everything in hand be answered, no longer than worker.drain_timeout_seconds; a second ends the worker at \
      once, and what was in hand goes back to the queue. Exit status 0 after a drain that answered everything, 1 after one that did not.

      SIGHUP has the files with passwords and certificates read again.
      """
  )

  @OptionGroup var configurationOption: ConfigurationOption

  func run() async throws {
    // Until the worker listens to it: by default it would end the process.
    signal(SIGHUP, SIG_IGN)
    let configuration = try configurationOption.load()
    do {
      try await AuthorizationWorker(configuration, version: AvisoECPDS.version).run()
    } catch let error as IncompleteDrain {
      StandardError.print("\(error)")
      throw ExitCode.failure
    } catch {
      StandardError.print("the worker cannot run: \(error)")
      throw ExitCode.failure
    }
  }
}
