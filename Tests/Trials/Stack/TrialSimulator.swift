import Foundation
import TestSupport

/// An ECPDS simulator that is killed and started again on the same port.
actor TrialSimulator {
  nonisolated let port: Int
  private let data: URL
  private let log: URL
  private var process: LoggedProcess?

  init(data: URL, log: URL) throws {
    port = try Loopback.serverPort()
    self.data = data
    self.log = log
  }

  /// Returns when it answers.
  func start() async throws {
    let process = try LoggedProcess(
      Repository.program("ecpds-simulator"),
      ["--port", "\(port)", "--data", data.path, "--quiet"],
      log: log
    )
    self.process = process
    try await Patience.wait(for: "ecpds-simulator on port \(port)") { await self.isHealthy() }
  }

  /// Sends a signal that ends it, and waits for the end.
  func end(by signal: Int32) async throws {
    let process = try running()
    self.process = nil
    process.signal(signal)
    await process.exitStatus()
  }

  /// - Throws: when it has ended by itself.
  @discardableResult
  func running() throws -> LoggedProcess {
    guard let process, process.isRunning else {
      throw LoggedProcess.EndedByItself(description: "ecpds-simulator on port \(port) ended by itself")
    }
    return process
  }

  /// Switches a fault on, for all users.
  nonisolated func fault(_ json: String) async throws {
    _ = try await HTTP.request("PUT", port: port, "/simulator/faults", body: json)
  }

  nonisolated func clearFaults() async throws {
    _ = try await HTTP.request("DELETE", port: port, "/simulator/faults")
  }

  private nonisolated func isHealthy() async -> Bool {
    (try? await HTTP.request("GET", port: port, "/simulator/health").status) == 200
  }
}
