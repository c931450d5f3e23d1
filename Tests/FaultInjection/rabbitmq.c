// librabbitmq.
#include "../../Sources/CRabbitMQ/shim.h"
#include "fault.h"

#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

// MARK: Functions that return a status or a pointer

WRAP(amqp_connection_state_t, amqp_new_connection, (void), ())
WRAP(amqp_socket_t *, amqp_tcp_socket_new, (amqp_connection_state_t state), (state))
WRAP(amqp_socket_t *, amqp_ssl_socket_new, (amqp_connection_state_t state), (state))
WRAP(int, amqp_ssl_socket_set_ssl_versions, (amqp_socket_t *socket, amqp_tls_version_t lowest, amqp_tls_version_t highest),
     (socket, lowest, highest))
WRAP(int, amqp_ssl_socket_set_cacert, (amqp_socket_t *socket, const char *file), (socket, file))
WRAP(int, amqp_ssl_socket_set_key, (amqp_socket_t *socket, const char *certificate, const char *key), (socket, certificate, key))
WRAP(int, amqp_set_handshake_timeout, (amqp_connection_state_t state, const struct timeval *timeout), (state, timeout))
WRAP(int, amqp_set_rpc_timeout, (amqp_connection_state_t state, const struct timeval *timeout), (state, timeout))
WRAP(int, amqp_socket_open_noblock, (amqp_socket_t *socket, const char *host, int port, const struct timeval *timeout),
     (socket, host, port, timeout))
WRAP(int, amqp_tune_connection, (amqp_connection_state_t state, int channels, int frame, int heartbeat),
     (state, channels, frame, heartbeat))
WRAP(int, amqp_get_sockfd, (amqp_connection_state_t state), (state))
WRAP(void *, amqp_pool_alloc, (amqp_pool_t *pool, size_t size), (pool, size))
WRAP(int, amqp_basic_publish,
     (amqp_connection_state_t state, amqp_channel_t channel, amqp_bytes_t exchange, amqp_bytes_t key, amqp_boolean_t mandatory,
      amqp_boolean_t immediate, const amqp_basic_properties_t *properties, amqp_bytes_t body),
     (state, channel, exchange, key, mandatory, immediate, properties, body))
WRAP(int, amqp_basic_ack, (amqp_connection_state_t state, amqp_channel_t channel, uint64_t tag, amqp_boolean_t multiple),
     (state, channel, tag, multiple))
WRAP(int, amqp_basic_reject, (amqp_connection_state_t state, amqp_channel_t channel, uint64_t tag, amqp_boolean_t requeue),
     (state, channel, tag, requeue))
WRAP(int, amqp_send_method, (amqp_connection_state_t state, amqp_channel_t channel, amqp_method_number_t method, void *decoded),
     (state, channel, method, decoded))
WRAP(int, amqp_send_frame, (amqp_connection_state_t state, const amqp_frame_t *frame), (state, frame))

/// As librabbitmq does when it gives a connection up.
static void close_socket(amqp_connection_state_t state) {
  close(HIDDEN(amqp_get_sockfd)(state));
  amqp_tcp_socket_set_sockfd(amqp_get_socket(state), -1);
}

int amqp_simple_wait_frame_noblock(amqp_connection_state_t state, amqp_frame_t *frame, const struct timeval *timeout) {
  struct fault fault = take_fault("amqp_simple_wait_frame_noblock", CALLER);
  if (!fault.is_instead) return HIDDEN(amqp_simple_wait_frame_noblock)(state, frame, timeout);
  if (fault.value == AMQP_STATUS_HEARTBEAT_TIMEOUT) close_socket(state);
  return (int)fault.value;
}

// MARK: Functions that wait for the broker's answer

static amqp_channel_close_t channel_close = {.reply_text = {8, "INJECTED"}};
static amqp_connection_close_t connection_close = {.reply_text = {8, "INJECTED"}};

/// Those of AMQP 0-9-1's reply codes that close a channel; the others close the connection.
static bool closes_channel(intptr_t code) { return code == 311 || code == 313 || (code >= 403 && code <= 406); }

/// A status of librabbitmq is negative, a reply code of the broker positive.
static amqp_rpc_reply_t failed_reply(amqp_connection_state_t state, intptr_t value, bool is_login) {
  amqp_rpc_reply_t reply = {0};
  if (value < 0) {
    reply.reply_type = AMQP_RESPONSE_LIBRARY_EXCEPTION;
    reply.library_error = (int)value;
    // It closes the socket itself after these.
    if (is_login || value == AMQP_STATUS_TIMEOUT) close_socket(state);
    return reply;
  }
  reply.reply_type = AMQP_RESPONSE_SERVER_EXCEPTION;
  if (!is_login && closes_channel(value)) {
    channel_close.reply_code = (uint16_t)value;
    reply.reply = (amqp_method_t){AMQP_CHANNEL_CLOSE_METHOD, &channel_close};
  } else {
    connection_close.reply_code = (uint16_t)value;
    reply.reply = (amqp_method_t){AMQP_CONNECTION_CLOSE_METHOD, &connection_close};
  }
  return reply;
}

amqp_rpc_reply_t amqp_login_with_properties(amqp_connection_state_t state, const char *virtual_host, int channel_maximum,
                                            int frame_maximum, int heartbeat, const amqp_table_t *properties,
                                            amqp_sasl_method_enum method, ...) {
  struct fault fault = take_fault("amqp_login_with_properties", CALLER);
  if (fault.is_instead) return failed_reply(state, fault.value, true);
  va_list arguments;
  va_start(arguments, method);
  // The identity alone with EXTERNAL, the user's name and the password with PLAIN.
  const char *name = va_arg(arguments, const char *);
  const char *password = method == AMQP_SASL_METHOD_PLAIN ? va_arg(arguments, const char *) : NULL;
  va_end(arguments);
  amqp_rpc_reply_t reply = HIDDEN(amqp_login_with_properties)(state, virtual_host, channel_maximum, frame_maximum, heartbeat,
                                                              properties, method, name, password);
  return fault.is_performed ? failed_reply(state, fault.value, true) : reply;
}

amqp_rpc_reply_t amqp_connection_close(amqp_connection_state_t state, int code) {
  struct fault fault = take_fault("amqp_connection_close", CALLER);
  if (fault.is_instead) return failed_reply(state, fault.value, false);
  amqp_rpc_reply_t reply = HIDDEN(amqp_connection_close)(state, code);
  return fault.is_performed ? failed_reply(state, fault.value, false) : reply;
}

/// What `amqp_get_rpc_reply` is to say of the call that this thread made last, where that was made to fail.
static _Thread_local struct {
  bool is_set;
  amqp_rpc_reply_t reply;
} last_reply;

amqp_rpc_reply_t amqp_get_rpc_reply(amqp_connection_state_t state) {
  return last_reply.is_set ? last_reply.reply : HIDDEN(amqp_get_rpc_reply)(state);
}

/// Defines a function that returns NULL where it fails and leaves the reason to `amqp_get_rpc_reply`.
#define WRAP_RPC(type, name, parameters, arguments)                  \
  type *name parameters {                                            \
    struct fault fault = take_fault(#name, CALLER);                  \
    last_reply.is_set = fault.is_instead || fault.is_performed;      \
    type *result = fault.is_instead ? NULL : HIDDEN(name) arguments; \
    if (!last_reply.is_set) return result;                           \
    last_reply.reply = failed_reply(state, fault.value, false);      \
    return NULL;                                                     \
  }

WRAP_RPC(amqp_channel_open_ok_t, amqp_channel_open, (amqp_connection_state_t state, amqp_channel_t channel), (state, channel))
WRAP_RPC(amqp_confirm_select_ok_t, amqp_confirm_select, (amqp_connection_state_t state, amqp_channel_t channel), (state, channel))
WRAP_RPC(amqp_exchange_declare_ok_t, amqp_exchange_declare,
         (amqp_connection_state_t state, amqp_channel_t channel, amqp_bytes_t exchange, amqp_bytes_t kind, amqp_boolean_t passive,
          amqp_boolean_t durable, amqp_boolean_t auto_delete, amqp_boolean_t internal, amqp_table_t arguments),
         (state, channel, exchange, kind, passive, durable, auto_delete, internal, arguments))
WRAP_RPC(amqp_queue_declare_ok_t, amqp_queue_declare,
         (amqp_connection_state_t state, amqp_channel_t channel, amqp_bytes_t queue, amqp_boolean_t passive,
          amqp_boolean_t durable, amqp_boolean_t exclusive, amqp_boolean_t auto_delete, amqp_table_t arguments),
         (state, channel, queue, passive, durable, exclusive, auto_delete, arguments))
WRAP_RPC(amqp_queue_bind_ok_t, amqp_queue_bind,
         (amqp_connection_state_t state, amqp_channel_t channel, amqp_bytes_t queue, amqp_bytes_t exchange, amqp_bytes_t key,
          amqp_table_t arguments),
         (state, channel, queue, exchange, key, arguments))
WRAP_RPC(amqp_basic_qos_ok_t, amqp_basic_qos,
         (amqp_connection_state_t state, amqp_channel_t channel, uint32_t size, uint16_t count, amqp_boolean_t global),
         (state, channel, size, count, global))
WRAP_RPC(amqp_basic_consume_ok_t, amqp_basic_consume,
         (amqp_connection_state_t state, amqp_channel_t channel, amqp_bytes_t queue, amqp_bytes_t tag, amqp_boolean_t no_local,
          amqp_boolean_t no_ack, amqp_boolean_t exclusive, amqp_table_t arguments),
         (state, channel, queue, tag, no_local, no_ack, exclusive, arguments))
