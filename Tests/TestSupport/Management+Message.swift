extension Management {
  /// A message as the management API shows it.
  package struct Message: Decodable, Sendable {
    package struct Death: Decodable, Sendable {
      package let count: Int
      package let reason: String
      package let queue: String
    }

    private enum Header: Decodable {
      case text(String)
      case deaths([Death])
      case other

      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let text = try? container.decode(String.self) {
          self = .text(text)
        } else if let deaths = try? container.decode([Death].self) {
          self = .deaths(deaths)
        } else {
          self = .other
        }
      }
    }

    private enum Keys: String, CodingKey {
      case payload, properties, headers, expiration
      case correlationID = "correlation_id"
    }

    package let payload: String
    package let correlationID: String?
    /// In milliseconds.
    package let expiration: Int?
    private let headers: [String: Header]

    package init(from decoder: any Decoder) throws {
      let message = try decoder.container(keyedBy: Keys.self)
      payload = try message.decode(String.self, forKey: .payload)
      let properties = try message.nestedContainer(keyedBy: Keys.self, forKey: .properties)
      correlationID = try properties.decodeIfPresent(String.self, forKey: .correlationID)
      expiration = try properties.decodeIfPresent(String.self, forKey: .expiration).flatMap { Int($0) }
      // Erlang has no empty object: without headers the API shows an empty list.
      headers = (try? properties.decode([String: Header].self, forKey: .headers)) ?? [:]
    }

    package func text(_ header: String) -> String? {
      guard case .text(let text) = headers[header] else { return nil }
      return text
    }

    /// What the broker says of the message's ways through dead-letter exchanges.
    package var deaths: [Death] {
      guard case .deaths(let deaths) = headers["x-death"] else { return [] }
      return deaths
    }

    /// Why a worker set it aside, or the broker.
    package var deadLetterReason: String? { text("x-aviso-ecpds-reason") ?? deaths.first?.reason }
  }
}
