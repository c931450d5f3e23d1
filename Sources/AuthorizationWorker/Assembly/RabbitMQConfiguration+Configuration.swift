public import RabbitMQClient
public import ServiceConfiguration

extension RabbitMQConfiguration {
  /// The broker as it is configured.
  ///
  /// - Parameter name: what the broker's management pages call the connection.
  public init(_ configuration: ServiceConfiguration.AMQP, name: String) {
    let url = configuration.url
    let tls = url.usesTLS ? configuration.tls : nil
    self.init(
      host: url.host,
      port: url.port,
      virtualHost: url.virtualHost,
      username: url.username,
      password: url.password.revealed,
      saslMechanism: SASLMechanism(configuration.saslMechanism),
      tls: tls.map {
        TLS(caFile: $0.caFile ?? TLS.systemCAFile, certificateFile: $0.certificateFile, keyFile: $0.keyFile)
      },
      heartbeat: configuration.heartbeat,
      name: name
    )
  }
}

extension RabbitMQConfiguration.SASLMechanism {
  fileprivate init(_ mechanism: ServiceConfiguration.AMQP.SASLMechanism) {
    switch mechanism {
    case .plain: self = .plain
    case .external: self = .external
    }
  }
}
