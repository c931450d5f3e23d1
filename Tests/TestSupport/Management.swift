import Foundation

/// The broker's management API.
package struct Management: Sendable {
  private let port: Int

  package init(_ broker: TestBroker) {
    port = broker.managementPort
  }

  package func makeVirtualHost(_ name: String) async throws {
    try await request("PUT", "vhosts/\(name)")
  }

  package func deleteQueue(_ name: String) async throws {
    try await request("DELETE", "queues/%2F/\(name)")
  }

  /// Messages in each queue, ready or not acknowledged. What the API knows of a queue is up to five seconds old.
  package func messageCounts(inVirtualHost virtualHost: String) async throws -> [String: Int] {
    struct Queue: Decodable {
      let name: String
      let messages: Int?
    }
    let queues = try JSONDecoder().decode([Queue].self, from: try await request("GET", "queues/\(virtualHost)"))
    return Dictionary(uniqueKeysWithValues: queues.map { ($0.name, $0.messages ?? 0) })
  }

  @discardableResult
  private func request(_ method: String, _ path: String) async throws -> Data {
    let credentials = "Basic " + Data("guest:guest".utf8).base64EncodedString()
    let response = try await HTTP.request(method, port: port, "/api/\(path)", authorization: credentials, body: "")
    guard (200..<300).contains(response.status) else {
      throw Refused(description: "\(method) \(path): \(response.status) \(response.text)")
    }
    return response.body
  }

  package struct Refused: Error, CustomStringConvertible {
    package let description: String
  }
}
