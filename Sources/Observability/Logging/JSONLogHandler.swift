public import Logging
import StrictJSON

/// Writes each event as one JSON object on a line, in the field names of the OpenTelemetry log data model.
///
/// Source: https://opentelemetry.io/docs/specs/otel/logs/data-model/
public struct JSONLogHandler: LogHandler {
  public var logLevel: Logger.Level
  public var metadata: Logger.Metadata = [:]
  public var metadataProvider: Logger.MetadataProvider?

  /// The `resource` of every line, as JSON.
  private let resource: [UInt8]
  private let now: @Sendable () -> UnixTime
  private let write: @Sendable ([UInt8]) -> Void

  /// - Parameters:
  ///   - service: What logs: the `resource` of every line.
  ///   - now: The clock for `timestamp`.
  ///   - write: Takes each line, its line feed included.
  public init(
    level: Logger.Level,
    service: LogService,
    metadataProvider: Logger.MetadataProvider? = nil,
    now: @escaping @Sendable () -> UnixTime = UnixTime.now,
    write: @escaping @Sendable ([UInt8]) -> Void
  ) {
    logLevel = level
    resource = Self.resource(of: service)
    self.metadataProvider = metadataProvider
    self.now = now
    self.write = write
  }

  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  public func log(event: LogEvent) {
    write(line(for: event))
  }

  func line(for event: LogEvent) -> [UInt8] {
    var record = LogRecord(event, metadata: metadata, provider: metadataProvider, time: now())
    let traceID = record.removeAttribute("trace_id")
    let spanID = record.removeAttribute("span_id")

    var writer = JSONWriter(reservingCapacity: 512)
    writer.writeObject { writer in
      writer.writeMember("timestamp", record.time.formatted(.microseconds))
      writer.writeMember("severityText", record.level.severityText)
      writer.writeName("severityNumber")
      writer.write(record.level.severityNumber)
      writer.writeMember("body", record.body)
      writer.writeName("resource")
      writer.write(encoded: resource)
      writer.writeName("attributes")
      writer.writeObject { writer in
        for (key, value) in record.attributes {
          writer.writeName(key)
          writer.write(value)
        }
      }
      if let traceID { writer.writeMember("traceId", traceID) }
      if let spanID { writer.writeMember("spanId", spanID) }
    }
    writer.endLine()
    return writer.bytes
  }

  private static func resource(of service: LogService) -> [UInt8] {
    var writer = JSONWriter()
    writer.writeObject { writer in
      writer.writeMember("service.name", service.name)
      writer.writeMember("service.version", service.version)
      writer.writeMember("service.instance.id", service.instanceID)
    }
    return writer.bytes
  }
}

extension JSONWriter {
  /// Writes metadata as the JSON it stands for. Numbers and booleans stay what they are, other convertibles become strings.
  fileprivate mutating func write(_ value: Logger.MetadataValue) {
    switch value {
    case .string(let string): write(string)
    case .stringConvertible(let convertible):
      switch convertible {
      case let integer as any BinaryInteger: write(integer)
      case let bool as Bool: write(bool)
      case let number as Double: write(number)
      case let number as Float: write(Double(number))
      default: write(convertible.description)
      }
    case .array(let values):
      writeArray { writer in
        for value in values { writer.write(value) }
      }
    case .dictionary(let members):
      writeObject { writer in
        for (key, value) in members.sorted(by: { $0.key < $1.key }) {
          writer.writeName(key)
          writer.write(value)
        }
      }
    }
  }
}
