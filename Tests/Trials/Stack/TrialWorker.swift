import Foundation
import TestSupport

/// A worker that is killed and started again, on the same port and with the same log.
actor TrialWorker {
  nonisolated let name: String
  private let configuration: URL
  private let log: URL
  private let httpPort: Int
  private var process: LoggedProcess?
  private var isFrozen = false

  init(number: Int, configuration: URL, log: URL, httpPort: Int) {
    name = "worker \(number)"
    self.configuration = configuration
    self.log = log
    self.httpPort = httpPort
  }

  var processIdentifier: Int32? { process?.processIdentifier }

  func start() throws {
    process = try LoggedProcess(Repository.program("aviso-ecpds"), ["worker", "--config", configuration.path], log: log)
  }

  func freeze() throws {
    try running().signal(SIGSTOP)
    isFrozen = true
  }

  func thaw() throws {
    isFrozen = false
    try running().signal(SIGCONT)
  }

  /// Sends a signal that ends it, and waits for the end.
  @discardableResult
  func end(by signal: Int32) async throws -> Int32 {
    let process = try running()
    self.process = nil
    process.signal(signal)
    return await process.exitStatus()
  }

  /// One that is being started may not have heard of signals yet: it is waited for.
  func drain() async throws -> Int32 {
    try await Patience.wait(for: "\(name) to be up") {
      (try? await HTTP.request("GET", port: httpPort, "/healthz", timeout: 5).status) == 200
    }
    return try await end(by: SIGTERM)
  }

  private func running() throws -> LoggedProcess {
    guard let process, process.isRunning else { throw LoggedProcess.EndedByItself(description: "\(name) ended by itself") }
    return process
  }

  /// What `/readyz` says; false where nobody answers.
  func isReady() async -> Bool {
    guard !isFrozen else { return false }
    return (try? await HTTP.request("GET", port: httpPort, "/readyz", timeout: 5).status) == 200
  }

  /// The value of a series of `/metrics`.
  nonisolated func metric(_ series: String) async -> Double? {
    try? await HTTP.request("GET", port: httpPort, "/metrics").text.split(separator: "\n").first { $0.hasPrefix(series + " ") }
      .flatMap { Double($0.split(separator: " ").last ?? "") }
  }
}
