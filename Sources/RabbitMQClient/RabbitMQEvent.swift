/// What happens on a connection besides what was asked of it.
public enum RabbitMQEvent: Sendable {
  case delivery(Delivery)
  /// A delivery came whose properties cannot be read, and was given to the queue's dead-letter exchange. The connection ends with it.
  case unreadable(isRedelivered: Bool, RabbitMQError)
  /// The broker takes no more publications for now (an alarm); what is published waits.
  case blocked(reason: String)
  case unblocked
  /// The connection is over, for this reason. The last event; deliveries that are not acknowledged go to another consumer.
  case closed(RabbitMQError)
}
