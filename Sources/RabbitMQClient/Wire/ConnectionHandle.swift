import CRabbitMQ
import Glibc

/// librabbitmq's connection state, its channel, and the one that asks for queues.
///
/// One thread uses it at a time: the set-up thread until it is handed over, the loop then, and a set-up thread again to close it. That
/// hand-over is what makes it `Sendable`; the compiler cannot check it.
final class ConnectionHandle: @unchecked Sendable {
  let state: amqp_connection_state_t
  let usesTLS: Bool
  let channel: amqp_channel_t = 1
  let probeChannel: amqp_channel_t = 2
  let arena = Arena()
  /// Bytes that can be written for sure before the socket must be asked again.
  private var writeAllowance = 0

  /// Linux calls a socket writable when a third of its buffer is free. Of a buffer of `sendBufferByteCount` (doubled by the kernel for
  /// its own overhead) this much is then certain to fit, however small the writes.
  private static let sendBufferByteCount: Int32 = 512 * 1024
  private static let certainAllowance = 48 * 1024

  init?(usesTLS: Bool) {
    guard let state = amqp_new_connection() else { return nil }
    self.state = state
    self.usesTLS = usesTLS
  }

  deinit {
    amqp_destroy_connection(state)
  }

  /// -1 once librabbitmq has closed the socket, as it does by itself when heartbeats fail.
  var fileDescriptor: Int32 { amqp_get_sockfd(state) }

  /// The time since the kernel last got data on the socket. librabbitmq keeps the heartbeats to itself.
  var silence: Duration {
    var information = tcp_info()
    var size = socklen_t(MemoryLayout<tcp_info>.size)
    guard getsockopt(fileDescriptor, Int32(IPPROTO_TCP), TCP_INFO, &information, &size) == 0 else { return .zero }
    return .milliseconds(information.tcpi_last_data_recv)
  }

  private lazy var silenceLimit = SilenceLimit(heartbeat: .seconds(Int(amqp_get_heartbeat(state))))

  /// To be called before anything is published.
  func checkHeartbeat() throws(RabbitMQError) {
    guard silenceLimit.isExceeded(at: .now, silence: { silence }) else { return }
    throw .status(AMQP_STATUS_HEARTBEAT_TIMEOUT.rawValue, default: .connectionLost)
  }

  /// What the broker agreed to.
  var maximumFrameByteCount: Int { Int(amqp_get_frame_max(state)) }

  /// Reads larger frames than the broker agreed to. From then on librabbitmq would write such frames too, so a caller that has more to
  /// write must cut it up.
  func acceptFrames(upTo byteCount: Int32) throws(RabbitMQError) {
    try check(amqp_tune_connection(state, amqp_get_channel_max(state), byteCount, amqp_get_heartbeat(state)))
  }

  /// Limits every step of the set-up. Otherwise librabbitmq waits for the broker as long as the broker likes.
  func limitWaiting(to duration: Duration) throws(RabbitMQError) {
    var timeout = timeval(duration)
    try check(amqp_set_handshake_timeout(state, &timeout))
    try check(amqp_set_rpc_timeout(state, &timeout))
  }

  /// Makes room for writes that must not block; the system may grant less.
  func enlargeSendBuffer() throws(RabbitMQError) {
    var size = Self.sendBufferByteCount
    guard setsockopt(fileDescriptor, SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
      throw RabbitMQError(.internalError, "setsockopt: \(String(cString: strerror(errno)))")
    }
  }

  /// Whether the kernel keeps what does not fill a segment. librabbitmq would have it send each method by itself, which costs the kernel
  /// and the broker more than all that we do. Where it cannot be set nothing is lost but speed.
  func holdSegments(_ holds: Bool) {
    var value: Int32 = holds ? 1 : 0
    _ = setsockopt(fileDescriptor, Int32(IPPROTO_TCP), TCP_CORK, &value, socklen_t(MemoryLayout<Int32>.size))
  }

  // MARK: Reading

  enum Reading {
    case frame(IncomingFrame)
    /// One on the channel that asks for queues.
    case probeFrame(IncomingFrame)
    case nothing
    case failed(RabbitMQError)
  }

  /// The next frame that has arrived, without waiting. Sends and checks heartbeats on the way.
  func readFrame() -> Reading {
    var frame = amqp_frame_t()
    var immediately = timeval()
    let status = amqp_simple_wait_frame_noblock(state, &frame, &immediately)
    if status == AMQP_STATUS_TIMEOUT.rawValue { return .nothing }
    guard status == AMQP_STATUS_OK.rawValue else { return .failed(.status(status, default: .connectionLost)) }
    guard let incoming = IncomingFrame(frame) else {
      return .failed(RabbitMQError(.protocolViolation, "the broker sent a frame of type \(frame.frame_type)"))
    }
    amqp_maybe_release_buffers_on_channel(state, frame.channel)
    return frame.channel == probeChannel ? .probeFrame(incoming) : .frame(incoming)
  }

  /// Whether `readFrame` could find something although the socket shows nothing: librabbitmq reads ahead, and so does OpenSSL, which
  /// does not show it.
  var mayHoldFrames: Bool {
    usesTLS || amqp_data_in_buffer(state) != 0 || amqp_frames_enqueued(state) != 0
  }

  // MARK: Room

  /// librabbitmq writes without a time-out and waits for a full socket, so nothing is written that might not fit.
  func canWrite(byteCount: Int) -> Bool {
    if writeAllowance < byteCount {
      var descriptor = pollfd(fd: fileDescriptor, events: Int16(POLLOUT), revents: 0)
      guard poll(&descriptor, 1, 0) == 1 else { return false }
      writeAllowance = Self.certainAllowance
    }
    writeAllowance -= byteCount
    return true
  }

  /// Says goodbye and waits for the answer, not for long. Not on the loop, and only where a write does not block.
  func close() {
    guard (try? limitWaiting(to: .seconds(1))) != nil else { return }
    _ = amqp_connection_close(state, Int32(AMQP_REPLY_SUCCESS))
  }

  func check(_ status: Int32) throws(RabbitMQError) {
    guard status == AMQP_STATUS_OK.rawValue else { throw .status(status, default: .connectionLost) }
  }
}
