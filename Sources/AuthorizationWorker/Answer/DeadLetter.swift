import Authorization
import RabbitMQClient

extension OutgoingMessage {
  /// Tells in a dead-lettered request why it is one.
  static let deadLetterReasonHeader: ShortString = "x-aviso-ecpds-reason"
  static let deadLetterDetailHeader: ShortString = "x-aviso-ecpds-detail"

  /// Headers have to fit into one frame. The rest of the frame is for our own.
  private static let maximumHeaderByteCount = 16 * 1024

  /// A copy of an invalid request for the dead-letter queue, with headers that say why.
  ///
  /// Nil where no true copy can be made: the body was too large to be kept, or the headers leave no room for ours.
  init?(deadLetterFor delivery: Delivery, _ error: AuthorizationRequestError) {
    guard !delivery.isBodyDiscarded else { return nil }
    var properties = delivery.properties
    var headers = properties.headers ?? [:]
    guard headers.byteCount <= Self.maximumHeaderByteCount else { return nil }
    headers[Self.deadLetterReasonHeader] = .string(error.code.rawValue)
    headers[Self.deadLetterDetailHeader] = .string(error.message)
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
