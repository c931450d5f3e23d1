import RabbitMQClient

extension MessageProperties {
  /// Tell that a copy is not the whole: how many bytes the body or the headers had.
  static let originalBodyByteCountHeader: ShortString = "x-original-body-bytes"
  static let originalHeaderByteCountHeader: ShortString = "x-original-headers-bytes"

  /// What the expiration was where a copy has less of it, or none.
  static let originalExpirationHeader: ShortString = "x-original-expiration"

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

  /// Gives a copy, whose time would begin anew on the broker, no more than what is left of the original's. Without effect on a request that
  /// has no expiration: the broker does not end what its sender has not told it to end.
  mutating func limitExpiration(to deadline: Duration, now: Duration) {
    guard let expiration else { return }
    headers = headers ?? [:]
    // Of the copy of a copy they are those of the first.
    if RequestDeadline.ofCopy(self) == nil { headers?[Self.originalExpirationHeader] = .string(expiration.bytes) }
    func milliseconds(_ duration: Duration) -> Int64 {
      Int64(min(max(duration, .zero), .seconds(RequestDeadline.endOfTime - 1)) / .milliseconds(1))
    }
    headers?[RequestDeadline.header] = .int64(milliseconds(deadline))
    self.expiration = ShortString(String(milliseconds(deadline - now)))
  }

  /// Undoes `limitExpiration`.
  mutating func restoreExpiration() {
    guard RequestDeadline.ofCopy(self) != nil else { return }
    if case .string(let original)? = headers?[Self.originalExpirationHeader] { expiration = ShortString(bytes: original) }
    headers?[RequestDeadline.header] = nil
  }

  /// Keeps a property that a copy cannot have as a header.
  mutating func moveToHeader(_ property: WritableKeyPath<MessageProperties, ShortString?>, _ header: ShortString) {
    guard let value = self[keyPath: property] else { return }
    headers = headers ?? [:]
    headers?[header] = .string(value.bytes)
    self[keyPath: property] = nil
  }
}
