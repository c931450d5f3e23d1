import Foundation

/// Messages by the management API, which heeds no limit of AMQP 0-9-1.
extension TestBroker {
  package struct StoredMessage: Decodable, Sendable {
    package struct Properties: Decodable, Sendable {
      package let headers: [String: Header]?
    }

    /// A header as JSON has it; `death` where it is `x-death`.
    package enum Header: Decodable, Sendable {
      case text(String)
      case death([Death])
      case other

      package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
          self = .text(text)
        } else if let deaths = try? container.decode([Death].self) {
          self = .death(deaths)
        } else {
          self = .other
        }
      }
    }

    package struct Death: Decodable, Sendable {
      package let count: Int
      package let reason: String
      package let queue: String
    }

    package let payload: String
    package let properties: Properties

    package func text(_ header: String) -> String? {
      guard case .text(let text) = properties.headers?[header] else { return nil }
      return text
    }

    package var deaths: [Death] {
      guard case .death(let deaths) = properties.headers?["x-death"] else { return [] }
      return deaths
    }
  }

  /// Publishes to the default exchange.
  package func publish(to queue: String, virtualHost: String = "/", headers: [String: String], body: String) async throws {
    struct Message: Encodable {
      struct Properties: Encodable {
        let headers: [String: String]
        let replyTo = "nobody"
        let correlationId = "c"
      }
      let properties: Properties
      let routingKey: String
      let payload: String
      let payloadEncoding = "string"
    }
    let message = Message(properties: .init(headers: headers), routingKey: queue, payload: body)
    _ = try await post("exchanges/\(Self.encoded(virtualHost))/amq.default/publish", message)
  }

  /// Takes what is ready in a queue.
  package func takeMessages(from queue: String, virtualHost: String = "/") async throws -> [StoredMessage] {
    struct Take: Encodable {
      let count = 1000
      let ackmode = "ack_requeue_false"
      let encoding = "auto"
    }
    let response = try await post("queues/\(Self.encoded(virtualHost))/\(queue)/get", Take())
    return try JSONDecoder().decode([StoredMessage].self, from: response)
  }

  private static func encoded(_ virtualHost: String) -> String { virtualHost == "/" ? "%2F" : virtualHost }

  private func post(_ path: String, _ body: some Encodable) async throws -> Data {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    let response = try await HTTP.request(
      "POST",
      port: managementPort,
      "/api/\(path)",
      authorization: "Basic " + Data("guest:guest".utf8).base64EncodedString(),
      body: String(decoding: try encoder.encode(body), as: UTF8.self)
    )
    guard response.status == 200 else { throw Management.Refused(description: "\(path): \(response.status) \(response.text)") }
    return response.body
  }
}
