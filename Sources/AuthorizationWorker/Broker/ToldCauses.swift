import RabbitMQClient

/// What has been told of one outage of the broker, so that each cause is a warning once however often the causes alternate: behind a
/// network that resets connections an attempt fails now in TCP, now in the handshake.
struct ToldCauses {
  /// Of one kind. What comes in ever new words is told so often at most, and never keeps another kind, such as a refused login, from
  /// being told.
  static let limit = 3

  private var told: [RabbitMQError.Code: Set<String>] = [:]

  /// Notes the cause; true where it is news.
  mutating func note(_ error: RabbitMQError) -> Bool {
    let messages = told[error.code, default: []]
    guard messages.count < Self.limit, !messages.contains(error.message) else { return false }
    told[error.code, default: []].insert(error.message)
    return true
  }

  /// The outage is over: in the next one everything is news.
  mutating func reset() {
    told = [:]
  }
}
