import RabbitMQClient

/// Until when whoever sent a request waits for the answer, as far as the message tells. Times are since 1970-01-01 UTC.
enum RequestDeadline {
  /// Tells it in the copy of a request that has an expiration, in milliseconds: the copy has only what was left of it, from then on.
  static let header: ShortString = "x-aviso-ecpds-deadline"

  /// - Parameters:
  ///   - receivedAt: when this worker got the message. How long it was in the queue before is known only where it has a timestamp.
  ///   - maximumAge: how long the sender of a message with a timestamp and no expiration is taken to wait.
  /// - Returns: nil where the message has neither an expiration nor a timestamp.
  static func of(_ properties: MessageProperties, receivedAt: Duration, maximumAge: Duration) -> Duration? {
    let expiration = properties.expiration.flatMap { Int64($0.description) }.map { Duration.milliseconds(max($0, 0)) }
    // AMQP's timestamps are whole seconds, so the message may have been sent up to a second later. What is beyond any clock is no time.
    let timestamp = properties.timestamp.flatMap { Int64(exactly: $0) }.flatMap { $0 < Self.endOfTime ? $0 : nil }
    let sentBefore = timestamp.map { Duration.seconds($0 + 1) }
    // It was reckoned from all that the original told.
    if let expiration, let deadline = ofCopy(properties) { return min(deadline, receivedAt + expiration) }
    let deadlines = [
      expiration.map { receivedAt + $0 },
      sentBefore.map { $0 + (expiration ?? maximumAge) },
    ]
    return deadlines.compactMap(\.self).min()
  }

  /// What a worker wrote into a copy; nil in any other message. A sender who writes it can deceive itself alone.
  static func ofCopy(_ properties: MessageProperties) -> Duration? {
    guard let milliseconds = properties.headers?[header]?.integer, milliseconds / 1000 < endOfTime else { return nil }
    return .milliseconds(max(milliseconds, 0))
  }

  /// In seconds; no clock that is right shows it, and durations beyond it could overflow.
  static let endOfTime: Int64 = 1 << 40
}
