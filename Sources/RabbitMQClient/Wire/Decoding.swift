import CRabbitMQ

// Copies of what librabbitmq decoded: its memory is reused after the frame.

extension Array where Element == UInt8 {
  init(_ source: amqp_bytes_t) {
    self.init(UnsafeRawBufferPointer(start: source.bytes, count: source.bytes == nil ? 0 : source.len))
  }
}

extension ShortString {
  init(_ source: amqp_bytes_t) {
    self.init(bytes: UnsafeRawBufferPointer(start: source.bytes, count: source.bytes == nil ? 0 : source.len))
  }
}

extension String {
  init(_ source: amqp_bytes_t) {
    self = ShortString(source).description
  }
}

extension FieldTable {
  init(_ source: amqp_table_t) {
    let entries = UnsafeBufferPointer(start: source.entries, count: Int(source.num_entries))
    self.init(entries: entries.map { Entry(key: ShortString($0.key), value: FieldValue($0.value)) })
  }
}

extension FieldValue {
  init(_ source: amqp_field_value_t) {
    let value = source.value
    switch amqp_field_value_kind_t(rawValue: .init(source.kind)) {
    case AMQP_FIELD_KIND_BOOLEAN: self = .boolean(value.boolean != 0)
    case AMQP_FIELD_KIND_I8: self = .int8(value.i8)
    case AMQP_FIELD_KIND_U8: self = .uint8(value.u8)
    case AMQP_FIELD_KIND_I16: self = .int16(value.i16)
    case AMQP_FIELD_KIND_U16: self = .uint16(value.u16)
    case AMQP_FIELD_KIND_I32: self = .int32(value.i32)
    case AMQP_FIELD_KIND_U32: self = .uint32(value.u32)
    case AMQP_FIELD_KIND_I64: self = .int64(value.i64)
    case AMQP_FIELD_KIND_U64: self = .uint64(value.u64)
    case AMQP_FIELD_KIND_F32: self = .float(value.f32)
    case AMQP_FIELD_KIND_F64: self = .double(value.f64)
    case AMQP_FIELD_KIND_DECIMAL: self = .decimal(scale: value.decimal.decimals, value: value.decimal.value)
    case AMQP_FIELD_KIND_UTF8: self = .string([UInt8](value.bytes))
    case AMQP_FIELD_KIND_BYTES: self = .bytes([UInt8](value.bytes))
    case AMQP_FIELD_KIND_TIMESTAMP: self = .timestamp(value.u64)
    case AMQP_FIELD_KIND_ARRAY:
      self = .array(UnsafeBufferPointer(start: value.array.entries, count: Int(value.array.num_entries)).map(FieldValue.init))
    case AMQP_FIELD_KIND_TABLE: self = .table(FieldTable(value.table))
    default: self = .void
    }
  }
}

extension MessageProperties {
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
    headers = has(AMQP_BASIC_HEADERS_FLAG) ? FieldTable(source.headers) : nil
    deliveryMode = has(AMQP_BASIC_DELIVERY_MODE_FLAG) ? source.delivery_mode : nil
    priority = has(AMQP_BASIC_PRIORITY_FLAG) ? source.priority : nil
    expiration = string(source.expiration, AMQP_BASIC_EXPIRATION_FLAG)
    messageID = string(source.message_id, AMQP_BASIC_MESSAGE_ID_FLAG)
    timestamp = has(AMQP_BASIC_TIMESTAMP_FLAG) ? source.timestamp : nil
    userID = string(source.user_id, AMQP_BASIC_USER_ID_FLAG)
    clusterID = string(source.cluster_id, AMQP_BASIC_CLUSTER_ID_FLAG)
  }
}
