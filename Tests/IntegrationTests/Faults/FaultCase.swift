import CCurl
import CRabbitMQ
import Glibc
import Testing

/// A fault, or several that belong together, and the word by which the worker's log or standard error names the cause.
struct FaultCase: Sendable, CustomTestStringConvertible {
  let faults: [Fault]
  /// Nil where the worker gets over it without a word.
  let cause: String?

  init(_ faults: Fault..., cause: String?) {
    self.faults = faults
    self.cause = cause
  }

  var testDescription: String { faults.map(\.description).joined(separator: " + ") }

  private static func possible(_ cases: [FaultCase]) -> [FaultCase] {
    cases.filter { $0.faults.map(\.function).allSatisfy(FaultControl.canTell) }
  }
}

// MARK: At the start

extension FaultCase {
  /// What a worker cannot do without: it exits and says why.
  static let fatalAtStart = possible([
    // The first thread is that of the log, which NIO makes; without it NIO ends the process.
    FaultCase(Fault("pthread_create", number: 2, Int(EAGAIN)), cause: "pthread_create: Resource temporarily unavailable"),
    FaultCase(Fault("epoll_create1", Int(EMFILE)), cause: "epoll_create1: Too many open files"),
    FaultCase(Fault("eventfd", Int(EMFILE)), cause: "eventfd: Too many open files"),
    FaultCase(Fault("epoll_ctl", Int(ENOSPC)), cause: "epoll_ctl: No space left on device"),
    FaultCase(Fault("curl_global_init", CURLE_FAILED_INIT), cause: "Failed initialization"),
    FaultCase(Fault("curl_multi_init"), cause: "curl_multi_init: Out of memory"),
    FaultCase(Fault("curl_multi_setopt(3)", CURLM_UNKNOWN_OPTION), cause: "curl_multi_setopt: Unknown option"),
    FaultCase(Fault("curl_multi_setopt(7)", CURLM_UNKNOWN_OPTION), cause: "curl_multi_setopt: Unknown option"),
    FaultCase(Fault("curl_multi_setopt(6)", CURLM_OUT_OF_MEMORY), cause: "curl_multi_setopt: Out of memory"),
    FaultCase(Fault("curl_multi_setopt(10002)", CURLM_BAD_HANDLE), cause: "curl_multi_setopt: Invalid multi handle"),
    FaultCase(Fault("curl_multi_setopt(20001)", CURLM_UNKNOWN_OPTION), cause: "curl_multi_setopt: Unknown option"),
    FaultCase(Fault("curl_multi_setopt(10005)", CURLM_INTERNAL_ERROR), cause: "curl_multi_setopt: Internal error"),
    FaultCase(Fault("curl_multi_setopt(20004)", CURLM_UNKNOWN_OPTION), cause: "curl_multi_setopt: Unknown option"),
  ])

  /// What belongs to a connection to the broker, in the order of its set-up: it is tried again. The first calls are the publisher's.
  static let atConnecting = possible([
    FaultCase(Fault("amqp_new_connection"), cause: "out of memory"),
    FaultCase(Fault("amqp_set_handshake_timeout", AMQP_STATUS_INVALID_PARAMETER), cause: "invalid parameter"),
    FaultCase(Fault("amqp_set_rpc_timeout", AMQP_STATUS_INVALID_PARAMETER), cause: "invalid parameter"),
    FaultCase(Fault("amqp_tcp_socket_new"), cause: "out of memory"),
    FaultCase(Fault("amqp_socket_open_noblock", AMQP_STATUS_SOCKET_ERROR), cause: "refused, or no route"),
    FaultCase(Fault("amqp_socket_open_noblock", AMQP_STATUS_TIMEOUT), cause: "unreachable: 127.0.0.1"),
    FaultCase(Fault("amqp_socket_open_noblock", AMQP_STATUS_HOSTNAME_RESOLUTION_FAILED), cause: "hostname lookup failed"),
    FaultCase(Fault("amqp_socket_open_noblock", AMQP_STATUS_SOCKET_ERROR, isPerformed: true), cause: "refused, or no route"),
    FaultCase(Fault("amqp_pool_alloc"), cause: "could not allocate memory"),
    FaultCase(Fault("amqp_login_with_properties", AMQP_STATUS_NO_MEMORY), cause: "could not allocate memory"),
    FaultCase(
      Fault("amqp_login_with_properties", AMQP_STATUS_CONNECTION_CLOSED),
      cause: "closed the connection during the login"
    ),
    FaultCase(Fault("amqp_login_with_properties", AMQP_STATUS_TIMEOUT, isPerformed: true), cause: "request timed out"),
    FaultCase(
      Fault("amqp_login_with_properties", AMQP_STATUS_BROKER_UNSUPPORTED_SASL_METHOD),
      cause: "the broker does not offer SASL PLAIN"
    ),
    FaultCase(Fault("amqp_login_with_properties", Int(AMQP_ACCESS_REFUSED)), cause: "access_refused: 127.0.0.1"),
    FaultCase(Fault("amqp_login_with_properties", Int(AMQP_NOT_ALLOWED)), cause: "530 INJECTED"),
    FaultCase(Fault("amqp_tune_connection", AMQP_STATUS_NO_MEMORY), cause: "could not allocate memory"),
    FaultCase(Fault("amqp_channel_open", AMQP_STATUS_SOCKET_ERROR), cause: "opening a channel: a socket error"),
    FaultCase(Fault("amqp_channel_open", AMQP_STATUS_TIMEOUT), cause: "opening a channel: request timed out"),
    FaultCase(Fault("amqp_channel_open", Int(AMQP_CHANNEL_ERROR)), cause: "opening a channel: 504 INJECTED"),
    FaultCase(Fault("amqp_confirm_select", AMQP_STATUS_NO_MEMORY), cause: "confirm.select: could not allocate memory"),
    FaultCase(Fault("amqp_confirm_select", Int(AMQP_NOT_IMPLEMENTED)), cause: "confirm.select: 540 INJECTED"),
    FaultCase(Fault("amqp_get_sockfd", -1), cause: "setsockopt: Bad file descriptor"),
    FaultCase(Fault("amqp_get_sockfd", number: 2, -1), cause: "epoll_ctl: Bad file descriptor"),
    FaultCase(Fault("amqp_get_sockfd", number: 4, -1), cause: "epoll_ctl: Bad file descriptor"),
    FaultCase(Fault("setsockopt", Int(ENOBUFS)), cause: "No buffer space available"),
    FaultCase(Fault("amqp_exchange_declare", AMQP_STATUS_SOCKET_CLOSED), cause: "dead-letter: socket is closed"),
    FaultCase(Fault("amqp_exchange_declare", Int(AMQP_ACCESS_REFUSED)), cause: "dead-letter: 403 INJECTED"),
    FaultCase(Fault("amqp_queue_declare", AMQP_STATUS_CONNECTION_CLOSED), cause: "dead-letter: connection closed"),
    FaultCase(Fault("amqp_queue_declare", Int(AMQP_RESOURCE_LOCKED)), cause: "dead-letter: 405 INJECTED"),
    FaultCase(Fault("amqp_queue_bind", AMQP_STATUS_UNEXPECTED_STATE), cause: "unexpected protocol state"),
    FaultCase(Fault("amqp_queue_bind", Int(AMQP_NOT_FOUND)), cause: "404 INJECTED"),
    FaultCase(Fault("amqp_basic_qos", AMQP_STATUS_TIMEOUT), cause: "basic.qos: request timed out"),
    FaultCase(Fault("amqp_basic_qos", Int(AMQP_INTERNAL_ERROR)), cause: "basic.qos: 541 INJECTED"),
    FaultCase(Fault("amqp_basic_consume", AMQP_STATUS_SOCKET_ERROR), cause: "aviso.ecpds.requests: a socket error"),
    FaultCase(Fault("amqp_basic_consume", AMQP_STATUS_TIMER_FAILURE, isPerformed: true), cause: "system timer has failed"),
    FaultCase(Fault("amqp_basic_consume", Int(AMQP_ACCESS_REFUSED)), cause: "aviso.ecpds.requests: 403 INJECTED"),
    // The loop's own comes first.
    FaultCase(Fault("epoll_ctl", number: 2, Int(ENOSPC)), cause: "epoll_ctl: No space left on device"),
    FaultCase(Fault("epoll_ctl", number: 3, Int(ENOMEM)), cause: "epoll_ctl: Cannot allocate memory"),
  ])

  /// The same, one case for each function, when a connection was lost: after it, and for the consumer where both connections need it.
  static let atReconnecting: [FaultCase] = {
    let loss = Fault("amqp_simple_wait_frame_noblock", AMQP_STATUS_CONNECTION_CLOSED)
    let isOfBoth: Set = [
      "amqp_new_connection", "amqp_set_handshake_timeout", "amqp_set_rpc_timeout", "amqp_tcp_socket_new",
      "amqp_socket_open_noblock", "amqp_login_with_properties", "amqp_channel_open",
    ]
    // In traffic these are called too.
    var seen: Set = ["amqp_pool_alloc", "amqp_get_sockfd", "setsockopt", "epoll_ctl"]
    return atConnecting.compactMap { example in
      let fault = example.faults[0]
      guard seen.insert(fault.function).inserted else { return nil }
      let number = isOfBoth.contains(fault.function) ? 2 : 1
      return FaultCase(loss, Fault(fault.function, number: number, fault.value), cause: example.cause)
    }
  }()

  /// What happens only where the queues are not there yet.
  static let atDeclaring = possible([
    FaultCase(Fault("amqp_send_method", AMQP_STATUS_SOCKET_ERROR), cause: "a socket error occurred"),
    FaultCase(Fault("amqp_exchange_declare", number: 2, Int(AMQP_PRECONDITION_FAILED)), cause: "406 INJECTED"),
    FaultCase(Fault("amqp_queue_declare", number: 2, AMQP_STATUS_NO_MEMORY), cause: "could not allocate memory"),
    FaultCase(
      Fault("amqp_channel_open", number: 3, AMQP_STATUS_CONNECTION_CLOSED),
      cause: "opening a channel: connection closed"
    ),
  ])

  /// With TLS; the key is set because there is a client certificate.
  static let atConnectingWithTLS = possible([
    FaultCase(Fault("amqp_ssl_socket_new"), cause: "out of memory"),
    FaultCase(Fault("amqp_ssl_socket_set_ssl_versions", AMQP_STATUS_UNSUPPORTED), cause: "TLS 1.2 is not available"),
    FaultCase(Fault("amqp_ssl_socket_set_cacert", AMQP_STATUS_SSL_ERROR), cause: "authorities"),
    FaultCase(Fault("amqp_ssl_socket_set_key", AMQP_STATUS_SSL_ERROR), cause: "cannot be used"),
    FaultCase(Fault("amqp_socket_open_noblock", AMQP_STATUS_SSL_PEER_VERIFY_FAILED), cause: "SSL peer cert verification failed"),
    FaultCase(Fault("amqp_socket_open_noblock", AMQP_STATUS_SSL_CONNECTION_FAILED), cause: "SSL handshake failed"),
  ])
}

// MARK: In traffic

extension FaultCase {
  /// What ends a connection to the broker, or should not.
  static let inTraffic = possible([
    FaultCase(Fault("amqp_simple_wait_frame_noblock", AMQP_STATUS_CONNECTION_CLOSED), cause: "connection closed unexpectedly"),
    FaultCase(Fault("amqp_simple_wait_frame_noblock", number: 5, AMQP_STATUS_HEARTBEAT_TIMEOUT), cause: "heartbeat timeout"),
    FaultCase(Fault("amqp_simple_wait_frame_noblock", number: 10, AMQP_STATUS_NO_MEMORY), cause: "could not allocate memory"),
    // Invalid data is not among them: at a message's header it is that message's fault, and its request is set aside. HostileMessageTests
    // has such messages.
    FaultCase(Fault("amqp_basic_publish", AMQP_STATUS_SOCKET_ERROR), cause: "a socket error occurred"),
    FaultCase(Fault("amqp_basic_publish", number: 3, AMQP_STATUS_HEARTBEAT_TIMEOUT), cause: "heartbeat timeout"),
    FaultCase(
      Fault("amqp_basic_publish", number: 4, AMQP_STATUS_TIMER_FAILURE, isPerformed: true),
      cause: "system timer has failed"
    ),
    FaultCase(Fault("amqp_basic_ack", AMQP_STATUS_SOCKET_ERROR), cause: "a socket error occurred"),
    FaultCase(Fault("amqp_basic_ack", number: 3, AMQP_STATUS_TIMER_FAILURE, isPerformed: true), cause: "system timer has failed"),
    FaultCase(Fault("amqp_basic_reject", AMQP_STATUS_SOCKET_CLOSED), cause: "socket is closed"),
    FaultCase(Fault("amqp_basic_reject", AMQP_STATUS_TIMER_FAILURE, isPerformed: true), cause: "system timer has failed"),
    // The beginning of a large dead letter, its header and one of its pieces.
    FaultCase(Fault("amqp_send_method", AMQP_STATUS_SOCKET_ERROR), cause: "a socket error occurred"),
    FaultCase(Fault("amqp_send_frame", AMQP_STATUS_TABLE_TOO_BIG), cause: "table too large for buffer"),
    FaultCase(Fault("amqp_send_frame", number: 3, AMQP_STATUS_SOCKET_ERROR, isPerformed: true), cause: "a socket error occurred"),
    // The correlation id of a reply, the queue that it goes to, and something of those that come after it.
    FaultCase(Fault("amqp_pool_alloc", number: 2), cause: "could not allocate memory"),
    FaultCase(Fault("amqp_pool_alloc", number: 5), cause: "could not allocate memory"),
    FaultCase(Fault("amqp_pool_alloc", number: 30), cause: "could not allocate memory"),
    FaultCase(Fault("amqp_get_sockfd", -1), cause: nil),
    FaultCase(Fault("poll", Int(EINTR)), cause: nil),
    FaultCase(Fault("poll", number: 3, Int(ENOMEM)), cause: nil),
    FaultCase(Fault("epoll_pwait2", Int(EINTR)), cause: nil),
  ])

  /// What makes a fetch fail, one after the other in the same worker.
  static let inFetches = possible([
    // First, while no handle is there to be used again.
    FaultCase(Fault("curl_easy_init"), cause: "Out of memory"),
    FaultCase(Fault("curl_multi_add_handle", CURLM_OUT_OF_MEMORY), cause: "curl_multi_add_handle: Out of memory"),
    FaultCase(
      Fault("curl_multi_add_handle", CURLM_INTERNAL_ERROR, isPerformed: true),
      cause: "curl_multi_add_handle: Internal error"
    ),
    FaultCase(Fault("curl_multi_socket_action", CURLM_OUT_OF_MEMORY), cause: "curl_multi_socket_action: Out of memory"),
    FaultCase(
      Fault("curl_multi_socket_action", number: 2, CURLM_INTERNAL_ERROR),
      cause: "curl_multi_socket_action: Internal error"
    ),
    FaultCase(
      Fault("curl_multi_socket_action", number: 3, CURLM_ABORTED_BY_CALLBACK, isPerformed: true),
      cause: "curl_multi_socket_action"
    ),
    FaultCase(Fault("curl_multi_info_read", CURLE_RECV_ERROR), cause: "unreachable"),
    FaultCase(Fault("curl_multi_info_read", CURLE_PEER_FAILED_VERIFICATION), cause: "tls_failed"),
    FaultCase(Fault("curl_multi_info_read", CURLE_OUT_OF_MEMORY), cause: "Out of memory"),
    FaultCase(Fault("curl_multi_info_read", CURLE_PARTIAL_FILE), cause: "response_truncated"),
    // The transfer is complete, so this alone does no harm to it.
    FaultCase(Fault("curl_multi_remove_handle", CURLM_BAD_EASY_HANDLE), cause: nil),
    FaultCase(Fault("curl_multi_remove_handle", CURLM_ABORTED_BY_CALLBACK, isPerformed: true), cause: nil),
    FaultCase(
      Fault("curl_multi_socket_action", CURLM_INTERNAL_ERROR),
      Fault("curl_multi_remove_handle", CURLM_BAD_EASY_HANDLE),
      Fault("curl_multi_cleanup", CURLM_BAD_HANDLE),
      cause: "curl_multi_socket_action: Internal error"
    ),
    // What comes in the place of a multi handle that has failed may fail too.
    FaultCase(
      Fault("curl_multi_socket_action", CURLM_INTERNAL_ERROR),
      Fault("curl_multi_init"),
      cause: "curl_multi_init: Out of memory"
    ),
    FaultCase(
      Fault("curl_multi_socket_action", CURLM_INTERNAL_ERROR),
      Fault("curl_multi_setopt(10002)", CURLM_UNKNOWN_OPTION),
      cause: "curl_multi_setopt: Unknown option"
    ),
    FaultCase(Fault("curl_easy_getinfo(2097154)", CURLE_UNKNOWN_OPTION), cause: "no status or no HTTP version"),
    FaultCase(Fault("curl_easy_getinfo(2097198)", CURLE_UNKNOWN_OPTION), cause: "no status or no HTTP version"),
    // A new connection needs it; those that are kept end with the multi handle.
    FaultCase(
      Fault("curl_multi_socket_action", CURLM_INTERNAL_ERROR),
      Fault("setsockopt", Int(ENOBUFS)),
      cause: "setsockopt: No buffer space available"
    ),
    FaultCase(Fault("epoll_ctl", Int(ENOSPC)), cause: "epoll_ctl: No space left on device"),
    FaultCase(Fault("epoll_ctl", number: 2, Int(ENOMEM)), cause: "epoll_ctl: Cannot allocate memory"),
  ])
}

// MARK: In the drain

extension FaultCase {
  /// From just before the drain on, while nothing else happens.
  static let beforeDrain = possible([
    FaultCase(Fault("amqp_pool_alloc"), cause: "could not allocate memory"),
    FaultCase(Fault("amqp_send_method", AMQP_STATUS_SOCKET_ERROR), cause: "a socket error occurred"),
    FaultCase(Fault("amqp_send_method", AMQP_STATUS_TIMER_FAILURE, isPerformed: true), cause: "system timer has failed"),
  ])

  /// From the drain's beginning on, with requests in hand.
  static let inDrain = possible([
    FaultCase(Fault("amqp_simple_wait_frame_noblock", AMQP_STATUS_CONNECTION_CLOSED), cause: "connection closed unexpectedly"),
    FaultCase(Fault("amqp_pool_alloc"), cause: "could not allocate memory"),
    FaultCase(Fault("amqp_basic_publish", AMQP_STATUS_SOCKET_ERROR), cause: "a socket error occurred"),
    FaultCase(Fault("amqp_basic_publish", AMQP_STATUS_TIMER_FAILURE, isPerformed: true), cause: "system timer has failed"),
    FaultCase(Fault("amqp_basic_ack", AMQP_STATUS_SOCKET_ERROR), cause: "a socket error occurred"),
    FaultCase(Fault("amqp_set_handshake_timeout", AMQP_STATUS_INVALID_PARAMETER), cause: nil),
    FaultCase(Fault("amqp_set_rpc_timeout", AMQP_STATUS_INVALID_PARAMETER), cause: nil),
    FaultCase(Fault("amqp_connection_close", AMQP_STATUS_SOCKET_ERROR), cause: nil),
    FaultCase(Fault("pthread_create", Int(EAGAIN)), cause: nil),
    FaultCase(Fault("amqp_connection_close", AMQP_STATUS_TIMEOUT, isPerformed: true), cause: nil),
    FaultCase(Fault("epoll_pwait2", Int(EINTR)), cause: nil),
    FaultCase(Fault("curl_multi_setopt(20001)", CURLM_UNKNOWN_OPTION), cause: nil),
    FaultCase(Fault("curl_multi_setopt(20004)", CURLM_UNKNOWN_OPTION), cause: nil),
    FaultCase(Fault("curl_multi_cleanup", CURLM_BAD_HANDLE), cause: nil),
  ])
}
