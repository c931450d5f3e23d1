import RabbitMQClient

/// Where the broker is, and how to log in at the next attempt: passwords and certificates may change while the worker runs.
struct BrokerLogin: Sendable, CustomStringConvertible {
  /// For logs; without a password.
  let description: String
  /// Asked for each attempt.
  let configuration: @Sendable () async -> RabbitMQConfiguration

  init(_ credentials: RotatingCredentials, _ configuration: RabbitMQConfiguration) {
    description = configuration.description
    let name = configuration.name
    self.configuration = { await credentials.broker(name: name) }
  }
}
