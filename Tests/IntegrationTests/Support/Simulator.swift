import Foundation
import TestSupport
#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

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

  init(in directory: URL) async throws {
    let file = directory.appending(path: "ecpds-\(UUID().uuidString).json")
    try Data(Self.data.utf8).write(to: file)
    process = try ChildProcess(
      Repository.program("ecpds-simulator"),
      ["--port", "0", "--data", file.path, "--exit-on-stdin-close", "--quiet"]
    )
    let greeting = try await process.line { $0.hasPrefix("listening on ") }
    url = String(greeting.dropFirst("listening on ".count))
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
    try await HTTP.request(method, "\(url)/simulator/\(path)", body: body).body
  }
}

enum HTTP {
  static func request(_ method: String, _ url: String, body: String? = nil) async throws -> (status: Int, body: Data) {
    guard let url = URL(string: url) else { throw URLError(.badURL) }
    var request = URLRequest(url: url)
    request.httpMethod = method
    request.httpBody = body.map { Data($0.utf8) }
    let (data, response) = try await URLSession.shared.data(for: request)
    return ((response as? HTTPURLResponse)?.statusCode ?? 0, data)
  }
}
