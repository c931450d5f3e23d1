extension ServiceConfiguration.AMQP {
  /// The same settings for another broker, such as another node of a cluster.
  ///
  /// - Parameter text: An `amqp://` or `amqps://` URL; the account and the virtual host are those of ``url`` where it names none.
  /// - Throws: The rule that the URL breaks, the same that ``url`` must keep.
  public func withBroker(at text: String) throws(ConfigurationFault) -> ServiceConfiguration.AMQP {
    var amqp = self
    do throws(InvalidValue) {
      amqp.url = try AMQPURL(parsing: text, inheritingFrom: url)
      if let invalid = amqp.plaintextFault { throw invalid }
    } catch {
      throw ConfigurationFault(keyPath: "", reason: error.reason)
    }
    return amqp
  }

  /// Plaintext beyond this machine must be asked for.
  var plaintextFault: InvalidValue? {
    guard !url.usesTLS, !allowsPlaintext, !Host.isLoopback(url.host) else { return nil }
    return InvalidValue(reason: "must be amqps:// unless the host is loopback or amqp.allow_plaintext is true")
  }
}
