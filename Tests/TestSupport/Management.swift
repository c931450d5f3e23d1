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

  /// Makes a user who may do everything on a virtual host, or gives one another password; without one, by a certificate alone.
  package func setUser(_ name: String, password: String?, virtualHost: String = "%2F") async throws {
    let secret = password.map { #""password":"\#($0)""# } ?? #""password_hash":"""#
    try await request("PUT", "users/\(name)", body: #"{\#(secret),"tags":""}"#)
    let everything = #"{"configure":".*","write":".*","read":".*"}"#
    try await request("PUT", "permissions/\(virtualHost)/\(name)", body: everything)
  }

  /// Closes every connection of a user.
  package func closeConnections(of user: String) async throws {
    try await request("DELETE", "connections/username/\(user)")
  }

  private func request(_ method: String, _ path: String, body: String = "") async throws {
    let credentials = "Basic " + Data("guest:guest".utf8).base64EncodedString()
    let response = try await HTTP.request(method, port: port, "/api/\(path)", authorization: credentials, body: body)
    guard (200..<300).contains(response.status) else {
      throw Refused(description: "\(method) \(path): \(response.status) \(response.text)")
    }
  }

  package struct Refused: Error, CustomStringConvertible {
    package let description: String
  }
}
