// What a worker's speed is measured against: answers every request with the same reply, on plain librabbitmq calls, with the worker's
// guarantees: the reply is confirmed by the broker before the request is acknowledged. One thread, no cache, no JSON, no log.
//
//   ConstantResponder PORT QUEUE PREFETCH
//
// On 127.0.0.1, virtual host /, as guest. Prints "ready" when it consumes, and runs until it is killed.
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if __has_include(<rabbitmq-c/amqp.h>)
#include <rabbitmq-c/amqp.h>
#include <rabbitmq-c/framing.h>
#include <rabbitmq-c/tcp_socket.h>
#else  // before 0.12
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>
#endif

enum { CHANNEL = 1, MAXIMUM_IN_HAND = 65536 };

static const char REPLY[] =
    "{\"decision\":\"allow\",\"reason\":\"destination_in_list\","
    "\"message\":\"User 'user-123' has access to destination 'DEST-0001'\",\"cache_outcome\":\"hit\"}";

// A request that is answered and not acknowledged, by the number of its reply.
typedef struct {
  uint64_t delivery_tag;
  bool is_confirmed;
} in_hand_t;

static in_hand_t in_hand[MAXIMUM_IN_HAND];
static uint64_t first_number = 1;
static uint64_t next_number = 1;
static uint64_t tag_to_acknowledge = 0;

static void fail(const char *what, int status) {
  fprintf(stderr, "%s: %s\n", what, amqp_error_string2(status));
  exit(1);
}

static void check(const char *what, int status) {
  if (status != AMQP_STATUS_OK) fail(what, status);
}

static void check_reply(const char *what, amqp_rpc_reply_t reply) {
  if (reply.reply_type == AMQP_RESPONSE_NORMAL) return;
  fail(what, reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION ? reply.library_error : AMQP_STATUS_CONNECTION_CLOSED);
}

static amqp_connection_state_t consume(int port, const char *queue, uint16_t prefetch) {
  amqp_connection_state_t connection = amqp_new_connection();
  amqp_socket_t *socket = connection ? amqp_tcp_socket_new(connection) : NULL;
  if (!socket) fail("socket", AMQP_STATUS_NO_MEMORY);
  check("connect", amqp_socket_open(socket, "127.0.0.1", port));
  check_reply("login", amqp_login(connection, "/", 0, AMQP_DEFAULT_FRAME_SIZE, 0, AMQP_SASL_METHOD_PLAIN, "guest", "guest"));
  amqp_channel_open(connection, CHANNEL);
  check_reply("channel", amqp_get_rpc_reply(connection));
  amqp_confirm_select(connection, CHANNEL);
  check_reply("confirms", amqp_get_rpc_reply(connection));
  amqp_basic_qos(connection, CHANNEL, 0, prefetch, 0);
  check_reply("prefetch", amqp_get_rpc_reply(connection));
  amqp_basic_consume(connection, CHANNEL, amqp_cstring_bytes(queue), amqp_empty_bytes, 0, 0, 0, amqp_empty_table);
  check_reply("consume", amqp_get_rpc_reply(connection));
  return connection;
}

static void answer(amqp_connection_state_t connection, uint64_t delivery_tag, const amqp_basic_properties_t *request) {
  amqp_basic_properties_t properties = {
      ._flags = AMQP_BASIC_CORRELATION_ID_FLAG | AMQP_BASIC_CONTENT_TYPE_FLAG,
      .correlation_id = request->correlation_id,
      .content_type = amqp_cstring_bytes("application/json"),
  };
  amqp_bytes_t body = {.len = sizeof REPLY - 1, .bytes = (void *)REPLY};
  // A mandatory message to a Direct Reply-to name would come back.
  static const char DIRECT[] = "amq.rabbitmq.reply-to";
  bool is_direct = request->reply_to.len >= sizeof DIRECT - 1 && !memcmp(request->reply_to.bytes, DIRECT, sizeof DIRECT - 1);
  check("publish", amqp_basic_publish(connection, CHANNEL, amqp_empty_bytes, request->reply_to, !is_direct, 0, &properties, body));
  in_hand[next_number++ % MAXIMUM_IN_HAND] = (in_hand_t){.delivery_tag = delivery_tag};
}

static void confirm(const amqp_basic_ack_t *ack) {
  uint64_t number = ack->multiple ? first_number : ack->delivery_tag;
  for (; number <= ack->delivery_tag; number++) in_hand[number % MAXIMUM_IN_HAND].is_confirmed = true;
  // Deliveries come in the order of their tags and are answered in it, so one acknowledgement stands for all before it.
  while (first_number < next_number && in_hand[first_number % MAXIMUM_IN_HAND].is_confirmed) {
    tag_to_acknowledge = in_hand[first_number++ % MAXIMUM_IN_HAND].delivery_tag;
  }
}

static void acknowledge(amqp_connection_state_t connection) {
  if (!tag_to_acknowledge) return;
  check("acknowledge", amqp_basic_ack(connection, CHANNEL, tag_to_acknowledge, true));
  tag_to_acknowledge = 0;
}

static void serve(amqp_connection_state_t connection) {
  uint64_t delivery_tag = 0;
  uint64_t missing_byte_count = 0;
  amqp_basic_properties_t request;
  while (true) {
    amqp_frame_t frame;
    struct timeval at_once = {0};
    int status = amqp_simple_wait_frame_noblock(connection, &frame, &at_once);
    if (status == AMQP_STATUS_TIMEOUT) {
      acknowledge(connection);
      struct pollfd readable = {.fd = amqp_get_sockfd(connection), .events = POLLIN};
      poll(&readable, 1, -1);
      continue;
    }
    check("read", status);
    if (frame.channel != CHANNEL) continue;
    if (frame.frame_type == AMQP_FRAME_METHOD && frame.payload.method.id == AMQP_BASIC_DELIVER_METHOD) {
      delivery_tag = ((amqp_basic_deliver_t *)frame.payload.method.decoded)->delivery_tag;
    } else if (frame.frame_type == AMQP_FRAME_METHOD && frame.payload.method.id == AMQP_BASIC_ACK_METHOD) {
      confirm(frame.payload.method.decoded);
      amqp_maybe_release_buffers_on_channel(connection, CHANNEL);
    } else if (frame.frame_type == AMQP_FRAME_HEADER) {
      request = *(amqp_basic_properties_t *)frame.payload.properties.decoded;
      missing_byte_count = frame.payload.properties.body_size;
    } else if (frame.frame_type == AMQP_FRAME_BODY) {
      missing_byte_count -= frame.payload.body_fragment.len;
      if (missing_byte_count) continue;
      answer(connection, delivery_tag, &request);
      amqp_maybe_release_buffers_on_channel(connection, CHANNEL);
    } else {
      fprintf(stderr, "unexpected: method 0x%x\n", frame.frame_type == AMQP_FRAME_METHOD ? frame.payload.method.id : 0);
      exit(1);
    }
  }
}

int main(int count, char **arguments) {
  if (count != 4) {
    fputs("usage: ConstantResponder PORT QUEUE PREFETCH\n", stderr);
    return 64;
  }
  amqp_connection_state_t connection = consume(atoi(arguments[1]), arguments[2], (uint16_t)atoi(arguments[3]));
  puts("ready");
  fflush(stdout);
  serve(connection);
}
