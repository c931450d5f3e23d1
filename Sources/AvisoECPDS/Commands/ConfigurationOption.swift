import ArgumentParser
import Foundation
import ServiceConfiguration

/// `--config`, which every command has.
struct ConfigurationOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The configuration file (YAML). Environment variables override it: ECPDS_PASSWORD is ecpds.password.",
      valueName: "file"
    )
  )
  var config: String

  /// Reads the configuration, or ends the command with one line per fault and the status that sysexits has for it.
  func load() throws -> ServiceConfiguration {
    do {
      return try ServiceConfiguration.load(contentsOf: config, environment: ProcessInfo.processInfo.environment)
    } catch {
      StandardError.print("\(error)")
      throw ExitCode(EX_CONFIG)
    }
  }
}
