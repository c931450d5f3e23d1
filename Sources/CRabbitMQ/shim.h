// librabbitmq, and typed wrappers for those of its functions that Swift cannot call; with OpenSSL, which it is built on, for what it
// does not say about TLS.
#pragma once

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdint.h>
#include <string.h>

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

/// The same for SASL EXTERNAL. The broker takes the user from the client's certificate; RabbitMQ does not look at the identity that
/// goes with it, and librabbitmq 0.11 takes an empty one for a lack of memory.
static inline amqp_rpc_reply_t crabbitmq_login_external(amqp_connection_state_t state, const char *virtual_host,
                                                        int frame_maximum, int heartbeat_seconds,
                                                        const amqp_table_t *client_properties) {
  return amqp_login_with_properties(state, virtual_host, 0, frame_maximum, heartbeat_seconds, client_properties,
                                    AMQP_SASL_METHOD_EXTERNAL, "-");
}

/// Keeps the reason for which OpenSSL refuses a certificate, and changes nothing about it.
static inline int crabbitmq_tls_note_refusal(int is_accepted, X509_STORE_CTX *verification) {
  if (!is_accepted) {
    const SSL *connection =
        (const SSL *)X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx());
    const intptr_t reason = X509_STORE_CTX_get_error(verification);
    SSL_CTX_set_app_data(SSL_get_SSL_CTX(connection), (void *)reason);
  }
  return is_accepted;
}

/// A key with a passphrase cannot be used; OpenSSL would otherwise ask whoever sits at the terminal.
static inline int crabbitmq_tls_no_passphrase(char *buffer, int size, int is_writing, void *context) {
  (void)buffer, (void)size, (void)is_writing, (void)context;
  return -1;
}

/// Has a new TLS socket verify the broker's certificate and its name during the handshake, where librabbitmq does so after it, does
/// not say what is wrong, and knows no IP addresses in certificates. False when memory runs out.
static inline int crabbitmq_tls_prepare(amqp_socket_t *socket, const char *host) {
  SSL_CTX *context = (SSL_CTX *)amqp_ssl_socket_get_context(socket);
  X509_VERIFY_PARAM *parameters = SSL_CTX_get0_param(context);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, crabbitmq_tls_note_refusal);
  SSL_CTX_set_default_passwd_cb(context, crabbitmq_tls_no_passphrase);
  amqp_ssl_socket_set_verify_peer(socket, 1);
  const int is_address = X509_VERIFY_PARAM_set1_ip_asc(parameters, host);
  amqp_ssl_socket_set_verify_hostname(socket, !is_address);
  ERR_clear_error();
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) &&
         (is_address || X509_VERIFY_PARAM_set1_host(parameters, host, 0));
}

/// Why OpenSSL has just failed on this thread with this socket, or null where it does not say.
static inline const char *crabbitmq_tls_failure(amqp_socket_t *socket) {
  const intptr_t refusal = (intptr_t)SSL_CTX_get_app_data((SSL_CTX *)amqp_ssl_socket_get_context(socket));
  if (refusal != X509_V_OK) return X509_verify_cert_error_string(refusal);
  // From the cause up to the function that was called. What is common to all libraries says only in which of them it happened.
  unsigned long error, telling = ERR_peek_error();
  while ((error = ERR_get_error())) {
    if (!ERR_COMMON_ERROR(error)) telling = error;
  }
  return ERR_SYSTEM_ERROR(telling) ? strerror(ERR_GET_REASON(telling)) : ERR_reason_error_string(telling);
}
