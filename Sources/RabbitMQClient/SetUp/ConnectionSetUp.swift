import CRabbitMQ
import Dispatch
import Glibc

/// Makes connections. Everything here waits for the broker, each step no longer than the configured time-out, so it has threads of its
/// own and the loop never waits.
enum ConnectionSetUp {
  /// `setUp` and `tearDown` block, and must not use up the threads of Swift's pool.
  private static let threads = DispatchQueue(label: "rabbitmq-set-up", attributes: .concurrent)

  static let consumerTag: ShortString = "aviso-ecpds"

  /// More than brokers allow (RabbitMQ: 128 KiB), so that theirs is agreed on: a header is sent in one frame, however large, and one
  /// that another client could send must not be one that we cannot read.
  private static let offeredFrameByteCount: Int32 = 1024 * 1024
  /// Fits the largest frame that is written here.
  private static let neededFrameByteCount = 32 * 1024

  static func open(_ configuration: RabbitMQConfiguration, _ plan: ChannelPlan) async throws(RabbitMQError) -> ConnectionHandle {
    let result: Result<ConnectionHandle, RabbitMQError> = await withCheckedContinuation { continuation in
      threads.async {
        continuation.resume(
          returning: Result { () throws(RabbitMQError) in
            let handle = try connect(configuration)
            try logIn(handle, configuration)
            try ChannelSetUp(handle: handle).perform(plan)
            try handle.enlargeSendBuffer()
            return handle
          }
        )
      }
    }
    return try result.get()
  }

  static func close(_ handle: ConnectionHandle) async {
    await withCheckedContinuation { continuation in
      threads.async {
        handle.close()
        continuation.resume()
      }
    }
  }

  private static func connect(_ configuration: RabbitMQConfiguration) throws(RabbitMQError) -> ConnectionHandle {
    guard let handle = ConnectionHandle(usesTLS: configuration.tls != nil) else {
      throw RabbitMQError(.internalError, "out of memory")
    }
    try handle.limitWaiting(to: configuration.timeout)
    let socket =
      try configuration.tls.map { tls throws(RabbitMQError) in try makeTLSSocket(handle, tls) }
      ?? amqp_tcp_socket_new(handle.state)
    guard let socket else { throw RabbitMQError(.internalError, "out of memory") }
    var timeout = timeval(configuration.timeout)
    let status = amqp_socket_open_noblock(socket, configuration.host, Int32(configuration.port), &timeout)
    let address = "\(configuration.host):\(configuration.port)"
    switch status {
    case AMQP_STATUS_OK.rawValue: return handle
    // librabbitmq's own words for it are "a socket error occurred".
    case AMQP_STATUS_SOCKET_ERROR.rawValue: throw RabbitMQError(.unreachable, "\(address): refused, or no route to the host")
    default: throw .status(status, default: .unreachable, context: address)
    }
  }

  private static func makeTLSSocket(
    _ handle: ConnectionHandle,
    _ tls: RabbitMQConfiguration.TLS
  ) throws(RabbitMQError) -> OpaquePointer? {
    guard let socket = amqp_ssl_socket_new(handle.state) else { return nil }
    amqp_ssl_socket_set_verify_peer(socket, 1)
    amqp_ssl_socket_set_verify_hostname(socket, 1)
    guard amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST) == AMQP_STATUS_OK.rawValue else {
      throw RabbitMQError(.tlsFailed, "TLS 1.2 is not available")
    }
    guard amqp_ssl_socket_set_cacert(socket, tls.caFile) == AMQP_STATUS_OK.rawValue else {
      throw RabbitMQError(.tlsFailed, "the certificate authorities in \(tls.caFile) cannot be used")
    }
    if let certificateFile = tls.certificateFile, let keyFile = tls.keyFile {
      guard amqp_ssl_socket_set_key(socket, certificateFile, keyFile) == AMQP_STATUS_OK.rawValue else {
        throw RabbitMQError(.tlsFailed, "the certificate \(certificateFile) with the key \(keyFile) cannot be used")
      }
    }
    return socket
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
    let reply = crabbitmq_login_plain(
      handle.state,
      configuration.virtualHost,
      offeredFrameByteCount,
      Int32(clamping: configuration.heartbeat.components.seconds),
      &properties,
      configuration.username,
      configuration.password
    )
    let address = "\(configuration.host):\(configuration.port)"
    if reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION, reply.library_error == AMQP_STATUS_CONNECTION_CLOSED.rawValue {
      throw RabbitMQError(.connectionLost, "\(address): the broker closed the connection during the login")
    }
    try reply.check(closedCode: .accessRefused, context: address)
    guard handle.maximumFrameByteCount >= neededFrameByteCount else {
      throw RabbitMQError(
        .protocolViolation,
        "\(address): the broker's frame_max is \(handle.maximumFrameByteCount), and at least \(neededFrameByteCount) is needed"
      )
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
