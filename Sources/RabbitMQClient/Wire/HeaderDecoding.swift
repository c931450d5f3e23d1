import CRabbitMQ

/// What is kept of a message's headers: all of them, if they stay within the bounds of what a sane sender writes. A frame of 256 KiB can
/// hold a hundred thousand values, or as many levels of nesting, for which Swift values would take megabytes, and a consumer has hundreds
/// of messages in hand.
struct DecodedHeaders: Equatable {
  static let maximumByteCount = 16 * 1024
  /// Entries of tables and elements of arrays, nested ones included.
  static let maximumValueCount = 256
  /// How many tables and arrays may be in one another.
  static let maximumDepth = 8

  /// Those that the broker itself writes, and those that carry a trace: kept of any headers, in this order, as far as half of the bounds
  /// allows. The rest is for what a worker adds to a copy of the message: it would be lost each time if the copy were out of bounds.
  static let essentialNames: [ShortString] = ["x-delivery-count", "x-death", "traceparent", "tracestate"]

  var table: FieldTable
  /// The size of all headers on the wire, where `table` has only the essential ones.
  var originalByteCount: Int?
}

extension DecodedHeaders {
  /// Nil where the message has no headers.
  ///
  /// - Parameter encoded: the properties as they came.
  init?(of properties: amqp_basic_properties_t, in encoded: amqp_bytes_t) {
    guard properties._flags & amqp_flags_t(AMQP_BASIC_HEADERS_FLAG) != 0 else { return nil }
    var budget = Budget()
    if let table = FieldTable(properties.headers, within: &budget, depth: 1) {
      self.init(table: table)
    } else {
      let byteCount = Self.byteCount(of: properties, in: UnsafeRawBufferPointer(encoded))
      self.init(table: Self.essential(of: properties.headers), originalByteCount: byteCount)
    }
  }

  /// The size of the headers on the wire, where they follow the flags, the content type and the content encoding, and begin with their
  /// own size.
  private static func byteCount(of properties: amqp_basic_properties_t, in encoded: UnsafeRawBufferPointer) -> Int {
    func byteCount(_ value: amqp_bytes_t, _ flag: Int32) -> Int {
      properties._flags & amqp_flags_t(flag) != 0 ? 1 + value.len : 0
    }
    let start =
      2 + byteCount(properties.content_type, AMQP_BASIC_CONTENT_TYPE_FLAG)
      + byteCount(properties.content_encoding, AMQP_BASIC_CONTENT_ENCODING_FLAG)
    guard start + 4 <= encoded.count else { return encoded.count }
    return 4 + Int(UInt32(bigEndian: encoded.loadUnaligned(fromByteOffset: start, as: UInt32.self)))
  }

  private static func essential(of source: amqp_table_t) -> FieldTable {
    var budget = Budget(share: 2)
    let entries = UnsafeBufferPointer(start: source.entries, count: Int(source.num_entries))
    var table = FieldTable()
    for name in essentialNames {
      guard let entry = entries.first(where: { UnsafeRawBufferPointer($0.key).elementsEqual(name.bytes) }) else { continue }
      let before = budget
      if let entry = FieldTable.Entry(entry, within: &budget, depth: 1) {
        table.entries.append(entry)
      } else {
        budget = before
      }
    }
    return table
  }

  /// What may still be kept.
  fileprivate struct Budget {
    private var byteCount: Int
    private var valueCount: Int

    /// - Parameter share: what the bounds are divided by.
    init(share: Int = 1) {
      byteCount = maximumByteCount / share
      valueCount = maximumValueCount / share
    }

    /// Whether there is enough left for one more value.
    mutating func takeValue() -> Bool {
      valueCount -= 1
      return valueCount >= 0
    }

    /// Whether there is enough left for a key, or the bytes of a string.
    mutating func take(_ bytes: amqp_bytes_t) -> Bool {
      byteCount -= bytes.len
      return byteCount >= 0
    }
  }
}

// Nil stands for "more than the budget".

extension FieldTable {
  fileprivate init?(_ source: amqp_table_t, within budget: inout DecodedHeaders.Budget, depth: Int) {
    guard depth <= DecodedHeaders.maximumDepth else { return nil }
    self.init()
    for entry in UnsafeBufferPointer(start: source.entries, count: Int(source.num_entries)) {
      guard let entry = Entry(entry, within: &budget, depth: depth) else { return nil }
      entries.append(entry)
    }
  }
}

extension FieldTable.Entry {
  fileprivate init?(_ source: amqp_table_entry_t, within budget: inout DecodedHeaders.Budget, depth: Int) {
    guard budget.take(source.key), let value = FieldValue(source.value, within: &budget, depth: depth) else { return nil }
    self.init(key: ShortString(source.key), value: value)
  }
}

extension FieldValue {
  fileprivate init?(_ source: amqp_field_value_t, within budget: inout DecodedHeaders.Budget, depth: Int) {
    guard budget.takeValue() else { return nil }
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
    case AMQP_FIELD_KIND_UTF8:
      guard budget.take(value.bytes) else { return nil }
      self = .string([UInt8](value.bytes))
    case AMQP_FIELD_KIND_BYTES:
      guard budget.take(value.bytes) else { return nil }
      self = .bytes([UInt8](value.bytes))
    case AMQP_FIELD_KIND_TIMESTAMP: self = .timestamp(value.u64)
    case AMQP_FIELD_KIND_ARRAY:
      guard depth < DecodedHeaders.maximumDepth else { return nil }
      var elements: [FieldValue] = []
      for element in UnsafeBufferPointer(start: value.array.entries, count: Int(value.array.num_entries)) {
        guard let element = FieldValue(element, within: &budget, depth: depth + 1) else { return nil }
        elements.append(element)
      }
      self = .array(elements)
    case AMQP_FIELD_KIND_TABLE:
      guard let table = FieldTable(value.table, within: &budget, depth: depth + 1) else { return nil }
      self = .table(table)
    default: self = .void
    }
  }
}
