/// A message to publish.
public struct OutgoingMessage: Sendable {
  /// Empty for the default exchange, which routes to the queue that `routingKey` names.
  public var exchange: ShortString
  public var routingKey: ShortString
  /// The broker returns a mandatory message that reaches no queue; see `PublishOutcome.returned`.
  public var isMandatory: Bool
  public var properties: MessageProperties
  public var body: [UInt8]

  public init(
    exchange: ShortString = "",
    routingKey: ShortString,
    isMandatory: Bool,
    properties: MessageProperties,
    body: [UInt8]
  ) {
    self.exchange = exchange
    self.routingKey = routingKey
    self.isMandatory = isMandatory
    self.properties = properties
    self.body = body
  }
}

/// What the broker said of a message that was published with confirms.
public enum PublishOutcome: Equatable, Sendable {
  /// The broker has taken responsibility for it.
  case confirmed
  /// It was mandatory and reached no queue; `reason` is the broker's text.
  case returned(reason: String)
  /// The broker could not take it (RabbitMQ: an internal error, or a queue that is full and rejects).
  case nacked
}
