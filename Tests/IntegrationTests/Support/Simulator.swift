import Foundation
import TestSupport

/// An ECPDS simulator process, and its controls.
final class Simulator: Sendable {
  static let data = """
    {
      "service_account": {"username": "service", "password": "\(Stack.ecpdsPassword)"},
      "users": {
        "alice": ["CIP", "FOO", {"name": "BAR", "type": 16, "active": false}],
        "bob": ["FOO"]
      },
      "generated": {"users": 100000, "prefix": "user-", "destinations_per_user": 5, "distinct_destinations": 50, "seed": 1}
    }
    """

  let process: ChildProcess
  let url: String
  let port: Int

  init(in directory: URL, data: String = Simulator.data) async throws {
    let file = directory.appending(path: "ecpds-\(UUID().uuidString).json")
    try Data(data.utf8).write(to: file)
    process = try ChildProcess(
      Repository.program("ecpds-simulator"),
      ["--port", "0", "--data", file.path, "--exit-on-stdin-close", "--quiet"]
    )
    let greeting = try await process.line { $0.hasPrefix("listening on ") }
    url = String(greeting.dropFirst("listening on ".count))
    guard let port = Int(url.split(separator: ":").last ?? "") else { throw URLError(.badURL) }
    self.port = port
  }

  deinit {
    process.closeInput()
  }

  /// Switches a fault on, in the simulator's own JSON.
  func fault(_ json: String) async throws {
    _ = try await control("PUT", "faults", json)
  }

  func clearFaults() async throws {
    _ = try await control("DELETE", "faults")
  }

  func requestCount(of user: String) async throws -> Int {
    struct Counts: Decodable {
      let users: [String: Int]
    }
    return try JSONDecoder().decode(Counts.self, from: try await control("GET", "requests")).users[user] ?? 0
  }

  private func control(_ method: String, _ path: String, _ body: String? = nil) async throws -> Data {
    try await HTTP.request(method, port: port, "/simulator/\(path)", body: body).body
  }
}
