import RabbitMQClient

extension MessageProperties {
  /// Tell that a copy is not the whole: how many bytes the body or the headers had.
  static let originalBodyByteCountHeader: ShortString = "x-original-body-bytes"
  static let originalHeaderByteCountHeader: ShortString = "x-original-headers-bytes"

  /// The properties of a copy of a request, with headers. They are whole, but for headers and a body that were too large to be kept: of
  /// these they say so.
  init(copying delivery: Delivery) {
    self = delivery.properties
    var headers = headers ?? [:]
    if let byteCount = delivery.originalHeaderByteCount {
      headers[Self.originalHeaderByteCountHeader] = .int64(Int64(byteCount))
    }
    if delivery.isBodyTruncated {
      headers[Self.originalBodyByteCountHeader] = .int64(Int64(clamping: delivery.bodyByteCount))
    }
    // RabbitMQ routes by these wherever they stand (sender-selected distribution): a copy must not go where the sender likes.
    headers["CC"] = nil
    headers["BCC"] = nil
    // It is about the original.
    headers[DeliveryHistory.brokerCountHeader] = nil
    self.headers = headers
    // A user id that is not ours closes the channel, and the message id is what tells one return from another.
    moveToHeader(\.userID, "x-original-user-id")
    moveToHeader(\.messageID, "x-original-message-id")
  }

  /// Keeps a property that a copy cannot have as a header.
  mutating func moveToHeader(_ property: WritableKeyPath<MessageProperties, ShortString?>, _ header: ShortString) {
    guard let value = self[keyPath: property] else { return }
    headers = headers ?? [:]
    headers?[header] = .string(value.bytes)
    self[keyPath: property] = nil
  }
}
