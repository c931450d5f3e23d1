import ArgumentParser
import ServiceConfiguration

struct ConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config",
    abstract: "Look at the configuration.",
    subcommands: [ValidateCommand.self]
  )

  struct ValidateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "validate",
      abstract: "Print the effective configuration, secrets redacted.",
      discussion: "Exit status: 0, or 78 with one line per fault on standard error."
    )

    @OptionGroup var configurationOption: ConfigurationOption

    func run() throws {
      print(try configurationOption.load().redactedYAML(), terminator: "")
    }
  }
}
