import CRabbitMQ

/// Memory for the C values of one call into librabbitmq, in that library's own pool. What is allocated lives until `recycle`.
///
/// Everything throws where there is no memory left: an empty value in the place of what should be there would be sent, and a reply
/// without its correlation id, or to no queue, is a lost one.
final class Arena {
  private var pool = amqp_pool_t()

  init() {
    init_amqp_pool(&pool, 4096)
  }

  deinit {
    empty_amqp_pool(&pool)
  }

  /// Forgets all allocations and keeps the pages.
  func recycle() {
    recycle_amqp_pool(&pool)
  }

  func bytes(_ source: [UInt8]) throws(RabbitMQError) -> amqp_bytes_t {
    guard !source.isEmpty else { return amqp_empty_bytes }
    let memory = try allocate(UInt8.self, count: source.count)
    memory.update(from: source, count: source.count)
    return amqp_bytes_t(len: source.count, bytes: memory)
  }

  func bytes(_ string: ShortString) throws(RabbitMQError) -> amqp_bytes_t { try bytes(string.bytes) }

  func table(_ table: FieldTable) throws(RabbitMQError) -> amqp_table_t {
    guard !table.entries.isEmpty else { return amqp_empty_table }
    let entries = try allocate(amqp_table_entry_t.self, count: table.entries.count)
    for (index, entry) in table.entries.enumerated() {
      entries[index] = amqp_table_entry_t(key: try bytes(entry.key), value: try value(entry.value))
    }
    return amqp_table_t(num_entries: Int32(table.entries.count), entries: entries)
  }

  func properties(_ properties: MessageProperties) throws(RabbitMQError) -> amqp_basic_properties_t {
    var result = amqp_basic_properties_t()
    func set(
      _ value: ShortString?,
      _ field: WritableKeyPath<amqp_basic_properties_t, amqp_bytes_t>,
      _ flag: Int32
    ) throws(RabbitMQError) {
      guard let value else { return }
      result[keyPath: field] = try bytes(value)
      result._flags |= amqp_flags_t(flag)
    }
    try set(properties.contentType, \.content_type, AMQP_BASIC_CONTENT_TYPE_FLAG)
    try set(properties.contentEncoding, \.content_encoding, AMQP_BASIC_CONTENT_ENCODING_FLAG)
    try set(properties.correlationID, \.correlation_id, AMQP_BASIC_CORRELATION_ID_FLAG)
    try set(properties.replyTo, \.reply_to, AMQP_BASIC_REPLY_TO_FLAG)
    try set(properties.expiration, \.expiration, AMQP_BASIC_EXPIRATION_FLAG)
    try set(properties.messageID, \.message_id, AMQP_BASIC_MESSAGE_ID_FLAG)
    try set(properties.type, \.type, AMQP_BASIC_TYPE_FLAG)
    try set(properties.userID, \.user_id, AMQP_BASIC_USER_ID_FLAG)
    try set(properties.appID, \.app_id, AMQP_BASIC_APP_ID_FLAG)
    try set(properties.clusterID, \.cluster_id, AMQP_BASIC_CLUSTER_ID_FLAG)
    if let headers = properties.headers {
      result.headers = try table(headers)
      result._flags |= amqp_flags_t(AMQP_BASIC_HEADERS_FLAG)
    }
    if let deliveryMode = properties.deliveryMode {
      result.delivery_mode = deliveryMode
      result._flags |= amqp_flags_t(AMQP_BASIC_DELIVERY_MODE_FLAG)
    }
    if let priority = properties.priority {
      result.priority = priority
      result._flags |= amqp_flags_t(AMQP_BASIC_PRIORITY_FLAG)
    }
    if let timestamp = properties.timestamp {
      result.timestamp = timestamp
      result._flags |= amqp_flags_t(AMQP_BASIC_TIMESTAMP_FLAG)
    }
    return result
  }

  private func value(_ value: FieldValue) throws(RabbitMQError) -> amqp_field_value_t {
    var result = amqp_field_value_t()
    func set(_ kind: amqp_field_value_kind_t) { result.kind = UInt8(truncatingIfNeeded: kind.rawValue) }
    switch value {
    case .boolean(let value):
      set(AMQP_FIELD_KIND_BOOLEAN)
      result.value.boolean = value ? 1 : 0
    case .int8(let value):
      set(AMQP_FIELD_KIND_I8)
      result.value.i8 = value
    case .uint8(let value):
      set(AMQP_FIELD_KIND_U8)
      result.value.u8 = value
    case .int16(let value):
      set(AMQP_FIELD_KIND_I16)
      result.value.i16 = value
    case .uint16(let value):
      set(AMQP_FIELD_KIND_U16)
      result.value.u16 = value
    case .int32(let value):
      set(AMQP_FIELD_KIND_I32)
      result.value.i32 = value
    case .uint32(let value):
      set(AMQP_FIELD_KIND_U32)
      result.value.u32 = value
    case .int64(let value):
      set(AMQP_FIELD_KIND_I64)
      result.value.i64 = value
    case .uint64(let value):
      set(AMQP_FIELD_KIND_U64)
      result.value.u64 = value
    case .float(let value):
      set(AMQP_FIELD_KIND_F32)
      result.value.f32 = value
    case .double(let value):
      set(AMQP_FIELD_KIND_F64)
      result.value.f64 = value
    case .decimal(let scale, let value):
      set(AMQP_FIELD_KIND_DECIMAL)
      result.value.decimal = amqp_decimal_t(decimals: scale, value: value)
    case .string(let text):
      set(AMQP_FIELD_KIND_UTF8)
      result.value.bytes = try bytes(text)
    case .bytes(let data):
      set(AMQP_FIELD_KIND_BYTES)
      result.value.bytes = try bytes(data)
    case .timestamp(let value):
      set(AMQP_FIELD_KIND_TIMESTAMP)
      result.value.u64 = value
    case .array(let values):
      set(AMQP_FIELD_KIND_ARRAY)
      guard !values.isEmpty else { break }
      let entries = try allocate(amqp_field_value_t.self, count: values.count)
      for (index, element) in values.enumerated() { entries[index] = try self.value(element) }
      result.value.array = amqp_array_t(num_entries: Int32(values.count), entries: entries)
    case .table(let nested):
      set(AMQP_FIELD_KIND_TABLE)
      result.value.table = try table(nested)
    case .void:
      set(AMQP_FIELD_KIND_VOID)
    }
    return result
  }

  /// For at least one.
  private func allocate<T>(_ type: T.Type, count: Int) throws(RabbitMQError) -> UnsafeMutablePointer<T> {
    guard let memory = amqp_pool_alloc(&pool, count * MemoryLayout<T>.stride) else {
      throw .status(AMQP_STATUS_NO_MEMORY.rawValue, default: .internalError)
    }
    return memory.bindMemory(to: type, capacity: count)
  }
}
