/// The properties of an AMQP 0-9-1 message (class basic); nil where a property is absent.
public struct MessageProperties: Equatable, Sendable {
  public var contentType: ShortString?
  public var contentEncoding: ShortString?
  public var headers: FieldTable?
  /// 1 transient, 2 persistent.
  public var deliveryMode: UInt8?
  public var priority: UInt8?
  public var correlationID: ShortString?
  public var replyTo: ShortString?
  /// Milliseconds, as text.
  public var expiration: ShortString?
  public var messageID: ShortString?
  /// Seconds since 1970-01-01 UTC.
  public var timestamp: UInt64?
  public var type: ShortString?
  public var userID: ShortString?
  public var appID: ShortString?
  public var clusterID: ShortString?

  public init(
    contentType: ShortString? = nil,
    correlationID: ShortString? = nil,
    replyTo: ShortString? = nil,
    type: ShortString? = nil,
    appID: ShortString? = nil
  ) {
    self.contentType = contentType
    self.correlationID = correlationID
    self.replyTo = replyTo
    self.type = type
    self.appID = appID
  }
}
