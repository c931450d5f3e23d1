/// A value in an AMQP field table, in the types that RabbitMQ knows (its "AMQP 0-9-1 errata", field table types).
public enum FieldValue: Equatable, Sendable {
  case boolean(Bool)
  case int8(Int8)
  case uint8(UInt8)
  case int16(Int16)
  case uint16(UInt16)
  case int32(Int32)
  case uint32(UInt32)
  case int64(Int64)
  case uint64(UInt64)
  case float(Float)
  case double(Double)
  case decimal(scale: UInt8, value: UInt32)
  case string([UInt8])
  case bytes([UInt8])
  /// Seconds since 1970-01-01 UTC.
  case timestamp(UInt64)
  case array([FieldValue])
  case table(FieldTable)
  case void

  /// Text as a long string.
  public static func string(_ text: String) -> FieldValue { .string(Array(text.utf8)) }

  /// The text of a string value; bytes that are no UTF-8 show as U+FFFD.
  public var text: String? {
    guard case .string(let bytes) = self else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// What the value takes on the wire at most, in bytes.
  var byteCount: Int {
    switch self {
    case .string(let bytes), .bytes(let bytes): 5 + bytes.count
    case .array(let values): values.reduce(5) { $0 + $1.byteCount }
    case .table(let table): 1 + table.byteCount
    default: 9
    }
  }

  /// Any of the integer types.
  public var integer: Int64? {
    switch self {
    case .int8(let value): Int64(value)
    case .uint8(let value): Int64(value)
    case .int16(let value): Int64(value)
    case .uint16(let value): Int64(value)
    case .int32(let value): Int64(value)
    case .uint32(let value): Int64(value)
    case .int64(let value): value
    case .uint64(let value): Int64(exactly: value)
    default: nil
    }
  }
}

/// An AMQP field table: message headers, queue arguments, capabilities. Keeps the order of its entries.
public struct FieldTable: Equatable, Sendable, ExpressibleByDictionaryLiteral {
  public struct Entry: Equatable, Sendable {
    public var key: ShortString
    public var value: FieldValue

    public init(key: ShortString, value: FieldValue) {
      self.key = key
      self.value = value
    }
  }

  public var entries: [Entry]

  public init(entries: [Entry] = []) {
    self.entries = entries
  }

  public init(dictionaryLiteral elements: (ShortString, FieldValue)...) {
    entries = elements.map { Entry(key: $0.0, value: $0.1) }
  }

  public var isEmpty: Bool { entries.isEmpty }

  /// What the table takes on the wire at most, in bytes.
  var byteCount: Int {
    entries.reduce(4) { $0 + 1 + $1.key.bytes.count + $1.value.byteCount }
  }

  /// The value of the first entry with the key; setting replaces it, appends it, or with nil removes every such entry.
  public subscript(key: ShortString) -> FieldValue? {
    get { entries.first { $0.key == key }?.value }
    set {
      guard let newValue else {
        entries.removeAll { $0.key == key }
        return
      }
      if let index = entries.firstIndex(where: { $0.key == key }) {
        entries[index].value = newValue
      } else {
        entries.append(Entry(key: key, value: newValue))
      }
    }
  }
}
