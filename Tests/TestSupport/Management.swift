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

  private func request(_ method: String, _ path: String) async throws {
    let credentials = "Basic " + Data("guest:guest".utf8).base64EncodedString()
    let response = try await HTTP.request(method, port: port, "/api/\(path)", authorization: credentials, body: "")
    guard (200..<300).contains(response.status) else {
      throw Refused(description: "\(method) \(path): \(response.status) \(response.text)")
    }
  }

  package struct Refused: Error, CustomStringConvertible {
    package let description: String
  }
}
