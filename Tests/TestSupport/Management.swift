package import Foundation

#if canImport(FoundationNetworking)
  import FoundationNetworking
#endif

/// The broker's management API.
package struct Management: Sendable {
  private let port: Int

  package init(_ broker: TestBroker) {
    port = broker.managementPort
  }

  package func deleteQueue(_ name: String) async throws {
    _ = try await request("DELETE", "queues/%2F/\(name)")
  }

  package func request(_ method: String, _ path: String, body: String? = nil) async throws -> Data {
    guard let url = URL(string: "http://127.0.0.1:\(port)/api/\(path)") else { throw URLError(.badURL) }
    var request = URLRequest(url: url)
    request.httpMethod = method
    request.httpBody = body.map { Data($0.utf8) }
    request.setValue("Basic " + Data("guest:guest".utf8).base64EncodedString(), forHTTPHeaderField: "Authorization")
    let (data, response) = try await URLSession.shared.data(for: request)
    guard let status = (response as? HTTPURLResponse)?.statusCode, (200..<300).contains(status) else {
      throw URLError(.badServerResponse)
    }
    return data
  }
}
