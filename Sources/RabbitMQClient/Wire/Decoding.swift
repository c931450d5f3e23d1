import CRabbitMQ

// Copies of what librabbitmq decoded: its memory is reused after the frame.

extension UnsafeRawBufferPointer {
  init(_ source: amqp_bytes_t) {
    self.init(start: source.bytes, count: source.bytes == nil ? 0 : source.len)
  }
}

extension Array where Element == UInt8 {
  init(_ source: amqp_bytes_t) {
    self.init(UnsafeRawBufferPointer(source))
  }
}

extension ShortString {
  init(_ source: amqp_bytes_t) {
    self.init(bytes: UnsafeRawBufferPointer(source))
  }
}

extension String {
  init(_ source: amqp_bytes_t) {
    self = ShortString(source).description
  }
}

extension MessageProperties {
  /// All but the headers; see `DecodedHeaders`.
  init(_ source: amqp_basic_properties_t) {
    func has(_ flag: Int32) -> Bool { source._flags & amqp_flags_t(flag) != 0 }
    func string(_ value: amqp_bytes_t, _ flag: Int32) -> ShortString? { has(flag) ? ShortString(value) : nil }
    self.init(
      contentType: string(source.content_type, AMQP_BASIC_CONTENT_TYPE_FLAG),
      correlationID: string(source.correlation_id, AMQP_BASIC_CORRELATION_ID_FLAG),
      replyTo: string(source.reply_to, AMQP_BASIC_REPLY_TO_FLAG),
      type: string(source.type, AMQP_BASIC_TYPE_FLAG),
      appID: string(source.app_id, AMQP_BASIC_APP_ID_FLAG)
    )
    contentEncoding = string(source.content_encoding, AMQP_BASIC_CONTENT_ENCODING_FLAG)
    deliveryMode = has(AMQP_BASIC_DELIVERY_MODE_FLAG) ? source.delivery_mode : nil
    priority = has(AMQP_BASIC_PRIORITY_FLAG) ? source.priority : nil
    expiration = string(source.expiration, AMQP_BASIC_EXPIRATION_FLAG)
    messageID = string(source.message_id, AMQP_BASIC_MESSAGE_ID_FLAG)
    timestamp = has(AMQP_BASIC_TIMESTAMP_FLAG) ? source.timestamp : nil
    userID = string(source.user_id, AMQP_BASIC_USER_ID_FLAG)
    clusterID = string(source.cluster_id, AMQP_BASIC_CLUSTER_ID_FLAG)
  }
}
