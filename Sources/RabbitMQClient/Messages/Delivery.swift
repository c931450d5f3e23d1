/// Names one delivery on the connection that it came from.
public struct DeliveryTag: Hashable, Sendable {
  let value: UInt64

  public init(_ value: UInt64) {
    self.value = value
  }
}

/// A message that the broker delivered to a consumer.
public struct Delivery: Sendable {
  public var tag: DeliveryTag
  /// The broker has delivered it before, to this consumer or another.
  public var isRedelivered: Bool
  public var exchange: ShortString
  public var routingKey: ShortString
  public var properties: MessageProperties
  /// The size of the headers that the message has on the broker, in bytes, where there are too many to be kept (over 16 KiB of text, over
  /// 256 values, or nested more than 8 deep): then `properties.headers` has only those that the broker itself wrote, and the trace's.
  public var originalHeaderByteCount: Int?
  /// Only the beginning where the message is larger than the connection's `maximumBodyByteCount`; see `isBodyTruncated`.
  public var body: [UInt8]
  /// The size that the message has on the broker, in bytes.
  public var bodyByteCount: UInt64

  public init(
    tag: DeliveryTag,
    isRedelivered: Bool = false,
    exchange: ShortString = "",
    routingKey: ShortString = "",
    properties: MessageProperties = MessageProperties(),
    originalHeaderByteCount: Int? = nil,
    body: [UInt8],
    bodyByteCount: UInt64? = nil
  ) {
    self.tag = tag
    self.isRedelivered = isRedelivered
    self.exchange = exchange
    self.routingKey = routingKey
    self.properties = properties
    self.originalHeaderByteCount = originalHeaderByteCount
    self.body = body
    self.bodyByteCount = bodyByteCount ?? UInt64(body.count)
  }

  /// The message was too large to be kept whole; the rest of its body was read and thrown away.
  public var isBodyTruncated: Bool { bodyByteCount != UInt64(body.count) }
}
