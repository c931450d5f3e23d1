import CRabbitMQ

/// Makes the TLS socket of a connection: always verified, 1.2 or later. Reads the PEM files, and so blocks; see `ConnectionSetUp`.
enum TLSSetUp {
  /// - Throws: `tlsFailed`, with the file that cannot be used and OpenSSL's reason.
  static func makeSocket(
    _ handle: ConnectionHandle,
    _ tls: RabbitMQConfiguration.TLS,
    host: String
  ) throws(RabbitMQError) -> OpaquePointer? {
    guard let socket = amqp_ssl_socket_new(handle.state) else { return nil }
    guard crabbitmq_tls_prepare(socket, host) != 0,
      amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST) == AMQP_STATUS_OK.rawValue
    else { throw RabbitMQError(.tlsFailed, reason("TLS 1.2 is not available", socket)) }
    guard amqp_ssl_socket_set_cacert(socket, tls.caFile) == AMQP_STATUS_OK.rawValue else {
      throw RabbitMQError(.tlsFailed, reason("the certificate authorities in \(tls.caFile) cannot be used", socket))
    }
    if let certificateFile = tls.certificateFile, let keyFile = tls.keyFile {
      guard amqp_ssl_socket_set_key(socket, certificateFile, keyFile) == AMQP_STATUS_OK.rawValue else {
        let problem = "the certificate \(certificateFile) with the key \(keyFile) cannot be used"
        throw RabbitMQError(.tlsFailed, reason(problem, socket))
      }
    }
    return socket
  }

  /// The error of a TLS operation that has just failed on this thread; nil where the status is not about TLS.
  ///
  /// - Parameter guess: what it probably is where OpenSSL does not know.
  static func failure(_ status: Int32, on handle: ConnectionHandle, context: String, guess: String? = nil) -> RabbitMQError? {
    let error = RabbitMQError.status(status, default: .internalError, context: context)
    guard handle.usesTLS, error.code == .tlsFailed, let socket = amqp_get_socket(handle.state) else { return nil }
    return RabbitMQError(.tlsFailed, reason(error.message, socket, guess: guess))
  }

  private static func reason(_ problem: String, _ socket: OpaquePointer, guess: String? = nil) -> String {
    let reason = crabbitmq_tls_failure(socket).map { String(cString: $0) } ?? guess
    return reason.map { "\(problem): \($0)" } ?? problem
  }
}
