import CRabbitMQ

extension RabbitMQError {
  /// librabbitmq's status as an error. `code` is for those statuses that say only that the connection is gone.
  static func status(_ status: Int32, default code: Code, context: String? = nil) -> RabbitMQError {
    let code: Code =
      switch status {
      case AMQP_STATUS_HOSTNAME_RESOLUTION_FAILED.rawValue: .unreachable
      case AMQP_STATUS_NO_MEMORY.rawValue, AMQP_STATUS_TIMER_FAILURE.rawValue: .internalError
      case AMQP_STATUS_BAD_AMQP_DATA.rawValue, AMQP_STATUS_UNKNOWN_CLASS.rawValue, AMQP_STATUS_UNKNOWN_METHOD.rawValue:
        .protocolViolation
      case AMQP_STATUS_SSL_ERROR.rawValue, AMQP_STATUS_SSL_HOSTNAME_VERIFY_FAILED.rawValue,
        AMQP_STATUS_SSL_PEER_VERIFY_FAILED.rawValue, AMQP_STATUS_SSL_CONNECTION_FAILED.rawValue:
        .tlsFailed
      default: code
      }
    let text = String(cString: amqp_error_string2(status))
    return RabbitMQError(code, context.map { "\($0): \(text)" } ?? text)
  }
}
