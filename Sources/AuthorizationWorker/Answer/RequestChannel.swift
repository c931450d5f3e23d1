import RabbitMQClient

/// What the handler needs of the broker, for the deliveries of one connection. To be called on the loop.
protocol RequestChannel: Sendable {
  typealias OutcomeHandler = RabbitMQConnection.OutcomeHandler

  /// Publishes. `onOutcome` is called on the loop, once, with the broker's word on it, or with an error when the connection is over; the
  /// request then comes again, to this worker or another.
  func publish(_ message: OutgoingMessage, onOutcome: @escaping OutcomeHandler)

  /// Says that a request is done with.
  func acknowledge(_ tag: DeliveryTag)

  /// Whether the broker has a queue of this name, or a Direct Reply-to consumer.
  ///
  /// - Returns: nil where the broker has not answered within the time.
  /// - Throws: when the connection is over.
  func queueExists(_ name: ShortString, within limit: Duration) async throws(RabbitMQError) -> Bool?

  /// Gives a request back to the queue or, without `requeue`, to the queue's dead-letter exchange.
  func reject(_ tag: DeliveryTag, requeue: Bool)
}

extension RequestChannel {
  /// Publishes and waits for the broker's word on it.
  ///
  /// - Throws: when the connection is over.
  func publish(_ message: OutgoingMessage) async throws(RabbitMQError) -> PublishOutcome {
    try await withCheckedContinuation { waiter in publish(message) { waiter.resume(returning: $0) } }.get()
  }
}
