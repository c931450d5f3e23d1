public import Logging

/// Writes each event as one line for people:
/// `2026-11-24T10:00:00.123Z WARN  Access denied event_name=auth.ecpds.check.denied username="alice b"`.
///
/// What comes from outside can neither end the line nor steer a terminal: control characters are written as escapes.
public struct TextLogHandler: LogHandler {
  public var logLevel: Logger.Level
  public var metadata: Logger.Metadata = [:]
  public var metadataProvider: Logger.MetadataProvider?

  private let now: @Sendable () -> UnixTime
  private let write: @Sendable ([UInt8]) -> Void

  /// - Parameters:
  ///   - now: The clock for the time at the beginning of the line.
  ///   - write: Takes each line, its line feed included.
  public init(
    level: Logger.Level,
    metadataProvider: Logger.MetadataProvider? = nil,
    now: @escaping @Sendable () -> UnixTime = UnixTime.now,
    write: @escaping @Sendable ([UInt8]) -> Void
  ) {
    logLevel = level
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
    let severity = record.level.severityText
    let padding = String(repeating: " ", count: max(0, 5 - severity.count))
    var line = "\(record.time.formatted(.milliseconds)) \(severity)\(padding) \(PrintableText.escaped(record.body))"
    if let eventName = record.removeAttribute("event_name") {
      line += " event_name=" + PrintableText.word(eventName)
    }
    for (key, value) in record.attributes {
      line += " \(PrintableText.word(key))=\(Self.text(of: value))"
    }
    line += "\n"
    return Array(line.utf8)
  }

  private static func text(of value: Logger.MetadataValue) -> String {
    switch value {
    case .string(let string): PrintableText.quoted(string)
    case .stringConvertible(let convertible): PrintableText.word(convertible.description)
    case .array(let values): "[" + values.map(text(of:)).joined(separator: ", ") + "]"
    case .dictionary(let members):
      "{"
        + members.sorted { $0.key < $1.key }.map { "\(PrintableText.word($0.key)): \(text(of: $0.value))" }.joined(
          separator: ", "
        )
        + "}"
    }
  }
}
