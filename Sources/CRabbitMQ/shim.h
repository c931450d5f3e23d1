// librabbitmq, and typed wrappers for those of its functions that Swift cannot call.
#pragma once

#if __has_include(<rabbitmq-c/amqp.h>)
#include <rabbitmq-c/amqp.h>
#include <rabbitmq-c/framing.h>
#include <rabbitmq-c/ssl_socket.h>
#include <rabbitmq-c/tcp_socket.h>
#else  // before 0.12
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#endif

/// amqp_login_with_properties is variadic; this is its form for SASL PLAIN.
static inline amqp_rpc_reply_t crabbitmq_login_plain(amqp_connection_state_t state, const char *virtual_host,
                                                     int frame_maximum, int heartbeat_seconds,
                                                     const amqp_table_t *client_properties, const char *username,
                                                     const char *password) {
  return amqp_login_with_properties(state, virtual_host, 0, frame_maximum, heartbeat_seconds, client_properties,
                                    AMQP_SASL_METHOD_PLAIN, username, password);
}
