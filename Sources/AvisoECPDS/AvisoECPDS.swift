import ArgumentParser
import Glibc

@main
enum Program {
  static func main() async {
    // A peer that goes away is an error of the write, not the end of the process.
    signal(SIGPIPE, SIG_IGN)
    disableCrashReport()
    await AvisoECPDS.main()
  }

  /// The report that Swift's runtime prints of a crash shows registers and the memory that they point at, and that may be a password.
  /// Who wants a report asks for it: `SWIFT_BACKTRACE=registers=none` gives one without them.
  private static func disableCrashReport() {
    guard unsafe getenv("SWIFT_BACKTRACE") == nil else { return }
    for number in [SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGQUIT, SIGSEGV, SIGTRAP] { signal(number, SIG_DFL) }
  }
}

/// The commands of the program. They are in `Commands`, one a file.
struct AvisoECPDS: AsyncParsableCommand {
  static let version = "0.1.0"

  static let configuration = CommandConfiguration(
    commandName: "aviso-ecpds",
    abstract: "Decides whether a user may see the destinations that a dissemination event names.",
    discussion: """
      The worker takes authorization requests from RabbitMQ, asks the ECPDS monitor servers, and answers allow, deny or unavailable.

      Exit statuses: 64 for a wrong use of the command line, 78 for a faulty configuration; the others with each command.
      """,
    version: version,
    subcommands: [
      WorkerCommand.self, CheckCommand.self, RequestCommand.self, LoadCommand.self, ConfigCommand.self, HealthcheckCommand.self,
    ]
  )
}
