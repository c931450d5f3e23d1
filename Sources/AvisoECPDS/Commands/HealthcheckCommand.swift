import ArgumentParser
import Observability
import ServiceConfiguration

struct HealthcheckCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "healthcheck",
    abstract: "Ask the worker on this machine whether it is ready.",
    discussion: "Asks /readyz at the configured HTTP port. Exit status: 0 ready, 1 not."
  )

  @OptionGroup var configurationOption: ConfigurationOption

  func run() async throws {
    let configuration = try configurationOption.load()
    guard configuration.http.isEnabled else {
      StandardError.print("http.enabled is false: the worker cannot be asked")
      throw ExitCode.failure
    }
    let endpoint = NetworkEndpoint(host: Self.reachableHost(configuration.http.host), port: configuration.http.port)
    do {
      let response = try await OperationsClient.get("/readyz", from: endpoint, timeout: .seconds(6))
      guard response.status == 200 else {
        StandardError.print("not ready: \(response.body.split(separator: "\n").first ?? "status \(response.status)")")
        throw ExitCode.failure
      }
      print("ready")
    } catch let error as OperationsHTTPError {
      StandardError.print("not ready: \(error.message)")
      throw ExitCode.failure
    }
  }

  /// A worker that listens on every address is asked on loopback.
  private static func reachableHost(_ host: String) -> String {
    switch host {
    case "0.0.0.0": "127.0.0.1"
    case "::": "::1"
    default: host
    }
  }
}
