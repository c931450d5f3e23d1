/// Why a connection could not be made, or was lost.
public struct RabbitMQError: Error, Sendable, CustomStringConvertible {
  public enum Code: String, Sendable {
    /// Name resolution, TCP or a time-out on the way to the broker.
    case unreachable
    /// The TLS files could not be used, the handshake failed, or the broker's certificate was not accepted.
    case tlsFailed = "tls_failed"
    /// The broker refused the login or the virtual host.
    case accessRefused = "access_refused"
    /// The broker refused a declaration, a consumer or another channel operation.
    case channelClosed = "channel_closed"
    /// The broker closed the connection.
    case connectionClosed = "connection_closed"
    /// The broker closed the connection because something in it failed (541), as it does when it cannot cope with a message.
    case brokerFailed = "broker_failed"
    /// The connection broke, or the broker's heartbeats stopped.
    case connectionLost = "connection_lost"
    /// The broker ended the consumer, as it does when the queue is deleted.
    case consumerCancelled = "consumer_cancelled"
    /// The broker sent what AMQP 0-9-1 does not allow.
    case protocolViolation = "protocol_violation"
    /// This side has closed the connection.
    case closed
    /// The library or the system ran out of something.
    case internalError = "internal_error"
  }

  public let code: Code
  /// For people. Never holds a password.
  public let message: String

  public init(_ code: Code, _ message: String) {
    self.code = code
    self.message = message
  }

  /// Whether the same attempt may succeed later without a change of configuration.
  public var isRetriable: Bool {
    switch code {
    case .unreachable, .connectionClosed, .brokerFailed, .connectionLost, .consumerCancelled, .channelClosed, .internalError: true
    case .tlsFailed, .accessRefused, .protocolViolation, .closed: false
    }
  }

  public var description: String { "\(code.rawValue): \(message)" }
}
