import RabbitMQClient

/// Where the broker is, and how to log in at the next attempt: passwords and certificates may change while the worker runs.
struct BrokerLogin: Sendable, CustomStringConvertible {
  /// For logs; without a password.
  let description: String
  /// After twice as long without a sign of it the broker is taken for dead.
  let heartbeat: Duration
  /// Asked for each attempt.
  let configuration: @Sendable () async -> RabbitMQConfiguration

  init(_ credentials: RotatingCredentials, _ configuration: RabbitMQConfiguration) {
    description = configuration.description
    heartbeat = configuration.heartbeat
    let name = configuration.name
    self.configuration = { await credentials.broker(name: name) }
  }
}
