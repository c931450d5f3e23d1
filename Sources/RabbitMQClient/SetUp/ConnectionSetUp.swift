import CRabbitMQ
import Glibc

/// Makes connections. Everything here waits for the broker, each step no longer than the configured time-out, so it is a
/// `BlockingCall`.
enum ConnectionSetUp {
  static let consumerTag: ShortString = "aviso-ecpds"

  /// The largest frame that is read. Brokers agree on less (RabbitMQ: 128 KiB) and mean bodies by it: a header is sent in one frame,
  /// however large, and may have grown since another client sent it, by what the broker adds. What is larger still cannot be read, and
  /// is rejected; there has to be a limit, since librabbitmq needs stack for whatever is nested in a frame.
  private static let readableFrameByteCount: Int32 = 256 * 1024
  /// Fits the largest frame that is written here.
  private static let neededFrameByteCount = 32 * 1024

  static func open(_ configuration: RabbitMQConfiguration, _ plan: ChannelPlan) async throws(RabbitMQError) -> ConnectionHandle {
    let result = try await BlockingCall.run {
      Result { () throws(RabbitMQError) in
        let handle = try connect(configuration)
        try logIn(handle, configuration)
        try ChannelSetUp(handle: handle).perform(plan)
        try handle.enlargeSendBuffer()
        return handle
      }
    }
    return try result.get()
  }

  static func close(_ handle: ConnectionHandle) async {
    // Where there is no thread to say goodbye on, the broker sees the connection end all the same.
    try? await BlockingCall.run { handle.close() }
  }

  private static func connect(_ configuration: RabbitMQConfiguration) throws(RabbitMQError) -> ConnectionHandle {
    guard let handle = ConnectionHandle(usesTLS: configuration.tls != nil) else {
      throw RabbitMQError(.internalError, "out of memory")
    }
    try handle.limitWaiting(to: configuration.timeout)
    let socket =
      try configuration.tls.map { tls throws(RabbitMQError) in
        try TLSSetUp.makeSocket(handle, tls, host: configuration.host)
      }
      ?? amqp_tcp_socket_new(handle.state)
    guard let socket else { throw RabbitMQError(.internalError, "out of memory") }
    var timeout = timeval(configuration.timeout)
    let status = amqp_socket_open_noblock(socket, configuration.host, Int32(configuration.port), &timeout)
    let address = "\(configuration.host):\(configuration.port)"
    switch status {
    case AMQP_STATUS_OK.rawValue: return handle
    // librabbitmq's own words for it are "a socket error occurred".
    case AMQP_STATUS_SOCKET_ERROR.rawValue: throw RabbitMQError(.unreachable, "\(address): refused, or no route to the host")
    default:
      throw TLSSetUp.failure(status, on: handle, context: address) ?? .status(status, default: .unreachable, context: address)
    }
  }

  private static func logIn(_ handle: ConnectionHandle, _ configuration: RabbitMQConfiguration) throws(RabbitMQError) {
    // librabbitmq 0.11 announces too little by itself: without these the broker would not tell when a queue is deleted.
    let capabilities: FieldTable = [
      "basic.nack": .boolean(true),
      "connection.blocked": .boolean(true),
      "consumer_cancel_notify": .boolean(true),
      "publisher_confirms": .boolean(true),
      "authentication_failure_close": .boolean(true),
    ]
    let arena = Arena()
    var properties = try arena.table(["connection_name": .string(configuration.name), "capabilities": .table(capabilities)])
    let (state, virtualHost) = (handle.state, configuration.virtualHost)
    let heartbeat = Int32(clamping: configuration.heartbeat.components.seconds)
    let reply =
      switch configuration.saslMechanism {
      case .plain:
        crabbitmq_login_plain(
          state,
          virtualHost,
          readableFrameByteCount,
          heartbeat,
          &properties,
          configuration.username,
          configuration.password
        )
      case .external: crabbitmq_login_external(state, virtualHost, readableFrameByteCount, heartbeat, &properties)
      }
    let address = "\(configuration.host):\(configuration.port)"
    if reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION {
      throw loginFailure(reply.library_error, on: handle, configuration, address)
    }
    try reply.check(closedCode: .accessRefused, context: address)
    guard handle.maximumFrameByteCount >= neededFrameByteCount else {
      throw RabbitMQError(
        .protocolViolation,
        "\(address): the broker's frame_max is \(handle.maximumFrameByteCount), and at least \(neededFrameByteCount) is needed"
      )
    }
    try handle.acceptFrames(upTo: readableFrameByteCount)
  }

  /// What librabbitmq's own failure during the login means.
  private static func loginFailure(
    _ status: Int32,
    on handle: ConnectionHandle,
    _ configuration: RabbitMQConfiguration,
    _ address: String
  ) -> RabbitMQError {
    switch status {
    case AMQP_STATUS_CONNECTION_CLOSED.rawValue:
      RabbitMQError(.connectionLost, "\(address): the broker closed the connection during the login")
    case AMQP_STATUS_BROKER_UNSUPPORTED_SASL_METHOD.rawValue:
      RabbitMQError(.accessRefused, "\(address): the broker does not offer SASL \(configuration.saslMechanism.rawValue)")
    // With TLS 1.3 a broker refuses the client's certificate when the handshake is over on this side, and what it says may be lost
    // with the connection.
    default:
      TLSSetUp.failure(status, on: handle, context: address, guess: "the broker may have refused the client certificate")
        ?? .status(status, default: .connectionLost, context: address)
    }
  }
}

extension amqp_rpc_reply_t {
  /// - Parameter closedCode: the error's code where the broker closed the connection as its answer.
  func check(closedCode: RabbitMQError.Code, context: String) throws(RabbitMQError) {
    switch reply_type {
    case AMQP_RESPONSE_NORMAL: return
    case AMQP_RESPONSE_SERVER_EXCEPTION:
      switch reply.id {
      case AMQP_CONNECTION_CLOSE_METHOD:
        let close = reply.decoded.load(as: amqp_connection_close_t.self)
        throw RabbitMQError(closedCode, "\(context): \(close.reply_code) \(String(close.reply_text))")
      case AMQP_CHANNEL_CLOSE_METHOD:
        let close = reply.decoded.load(as: amqp_channel_close_t.self)
        throw RabbitMQError(.channelClosed, "\(context): \(close.reply_code) \(String(close.reply_text))")
      default: throw RabbitMQError(.protocolViolation, "\(context): the broker answered with method \(reply.id)")
      }
    default: throw .status(library_error, default: .connectionLost, context: context)
    }
  }
}

extension timeval {
  init(_ duration: Duration) {
    let (seconds, attoseconds) = duration.components
    self.init(tv_sec: Int(seconds), tv_usec: Int(attoseconds / 1_000_000_000_000))
  }
}
