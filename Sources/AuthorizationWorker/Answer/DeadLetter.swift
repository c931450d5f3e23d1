import RabbitMQClient

/// Why a request is set aside: one word for programs, and a sentence for people.
struct DeadLetterReason {
  let code: String
  let detail: String
}

extension OutgoingMessage {
  /// Tell in a dead-lettered request why it is one.
  static let deadLetterReasonHeader: ShortString = "x-aviso-ecpds-reason"
  static let deadLetterDetailHeader: ShortString = "x-aviso-ecpds-detail"
  /// Tell that the copy is not the whole: how many bytes the body or the headers had.
  static let originalBodyByteCountHeader: ShortString = "x-original-body-bytes"
  static let originalHeaderByteCountHeader: ShortString = "x-original-headers-bytes"

  /// A copy of a request for the dead-letter queue, with headers that say why. The copy is whole, but for headers and a body that were
  /// too large to be kept: of these it says so.
  init(deadLetterFor delivery: Delivery, _ reason: DeadLetterReason) {
    var properties = delivery.properties
    var headers = properties.headers ?? [:]
    if let byteCount = delivery.originalHeaderByteCount {
      headers[Self.originalHeaderByteCountHeader] = .int64(Int64(byteCount))
    }
    if delivery.isBodyTruncated {
      headers[Self.originalBodyByteCountHeader] = .int64(Int64(clamping: delivery.bodyByteCount))
    }
    headers[Self.deadLetterReasonHeader] = .string(reason.code)
    headers[Self.deadLetterDetailHeader] = .string(reason.detail)
    // RabbitMQ routes by these wherever they stand (sender-selected distribution): a copy must not go where the sender likes.
    headers["CC"] = nil
    headers["BCC"] = nil
    // The rest would not survive: an expired copy is dropped, a user id that is not ours closes the channel, and the message id
    // is what tells one return from another.
    func move(_ field: WritableKeyPath<MessageProperties, ShortString?>, _ header: ShortString) {
      guard let value = properties[keyPath: field] else { return }
      headers[header] = .string(value.bytes)
      properties[keyPath: field] = nil
    }
    move(\.expiration, "x-original-expiration")
    move(\.userID, "x-original-user-id")
    move(\.messageID, "x-original-message-id")
    properties.headers = headers
    properties.deliveryMode = 2
    self.init(
      exchange: Topology.deadLetterExchange,
      routingKey: delivery.routingKey,
      isMandatory: true,
      properties: properties,
      body: delivery.body
    )
  }
}
