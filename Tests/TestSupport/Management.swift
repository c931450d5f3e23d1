import Foundation

/// The broker's management API.
package struct Management: Sendable {
  private let port: Int
  private let virtualHost: String

  /// - Parameter virtualHost: where queues and exchanges are, as a part of a path.
  package init(_ broker: TestBroker, virtualHost: String = "%2F") {
    port = broker.managementPort
    self.virtualHost = virtualHost
  }

  package func makeVirtualHost(_ name: String) async throws {
    try await request("PUT", "vhosts/\(name)")
  }

  package func makeQueue(_ name: String, type: String) async throws {
    let queue = #"{"durable": true, "arguments": {"x-queue-type": "\#(type)"}}"#
    try await request("PUT", "queues/\(virtualHost)/\(name)", body: queue)
  }

  package func deleteQueue(_ name: String) async throws {
    try await request("DELETE", "queues/\(virtualHost)/\(name)")
  }

  package func deleteExchange(_ name: String) async throws {
    try await request("DELETE", "exchanges/\(virtualHost)/\(name)")
  }

  /// The names of the connections there are, by what their clients call them. The broker takes some seconds to list a new one.
  ///
  /// - Parameter timeout: in seconds; a broker that goes away meanwhile may say nothing at all.
  package func connections(timeout: Int = 30) async throws -> [(name: String, clientName: String)] {
    struct Connection: Decodable {
      let name: String
      let userProvidedName: String?
    }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let list = try decoder.decode([Connection].self, from: try await request("GET", "connections", timeout: timeout))
    return list.map { ($0.name, $0.userProvidedName ?? "") }
  }

  package func closeConnection(_ name: String) async throws {
    let unreserved = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-._~"))
    try await request("DELETE", "connections/\(name.addingPercentEncoding(withAllowedCharacters: unreserved) ?? name)")
  }

  /// Publishes a message, with a correlation id and without anything else that a request has. The API heeds no limit of AMQP 0-9-1 on
  /// headers.
  package func publish(_ body: String, to queue: String, replyTo: String?, headers: [String: String] = [:]) async throws {
    struct Publication: Encodable {
      struct Properties: Encodable {
        let headers: [String: String]
        let replyTo: String?
        let correlationId = "c"
      }
      let properties: Properties
      let routingKey: String
      let payload: String
      let payloadEncoding = "string"
    }
    let publication = Publication(properties: .init(headers: headers, replyTo: replyTo), routingKey: queue, payload: body)
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    let text = String(decoding: try encoder.encode(publication), as: UTF8.self)
    try await request("POST", "exchanges/\(virtualHost)/amq.default/publish", body: text)
  }

  /// What is in a queue; it stays there.
  package func messages(in queue: String) async throws -> [Message] {
    try await get(from: queue, acknowledgement: "ack_requeue_true")
  }

  /// Takes what is ready in a queue.
  package func takeMessages(from queue: String) async throws -> [Message] {
    try await get(from: queue, acknowledgement: "ack_requeue_false")
  }

  private func get(from queue: String, acknowledgement: String) async throws -> [Message] {
    let question = #"{"count": 100000, "ackmode": "\#(acknowledgement)", "encoding": "auto"}"#
    let answer = try await request("POST", "queues/\(virtualHost)/\(queue)/get", body: question)
    return try JSONDecoder().decode([Message].self, from: answer)
  }

  /// Messages in each queue, ready or not acknowledged. What the API knows of a queue is up to five seconds old.
  package func messageCounts() async throws -> [String: Int] {
    struct Queue: Decodable {
      let name: String
      let messages: Int?
    }
    let queues = try JSONDecoder().decode([Queue].self, from: try await request("GET", "queues/\(virtualHost)"))
    return Dictionary(uniqueKeysWithValues: queues.map { ($0.name, $0.messages ?? 0) })
  }

  /// Makes a user who may do everything on a virtual host, or gives one another password; without one, by a certificate alone.
  package func setUser(_ name: String, password: String?) async throws {
    let secret = password.map { #""password":"\#($0)""# } ?? #""password_hash":"""#
    try await request("PUT", "users/\(name)", body: #"{\#(secret),"tags":""}"#)
    let everything = #"{"configure":".*","write":".*","read":".*"}"#
    try await request("PUT", "permissions/\(virtualHost)/\(name)", body: everything)
  }

  /// Closes every connection of a user.
  package func closeConnections(of user: String) async throws {
    try await request("DELETE", "connections/username/\(user)")
  }

  @discardableResult
  private func request(_ method: String, _ path: String, body: String = "", timeout: Int = 30) async throws -> Data {
    let credentials = "Basic " + Data("guest:guest".utf8).base64EncodedString()
    let response = try await HTTP.request(
      method,
      port: port,
      "/api/\(path)",
      authorization: credentials,
      body: body,
      timeout: timeout
    )
    guard (200..<300).contains(response.status) else {
      throw Refused(description: "\(method) \(path): \(response.status) \(response.text)")
    }
    return response.body
  }

  package struct Refused: Error, CustomStringConvertible {
    package let description: String
  }
}
