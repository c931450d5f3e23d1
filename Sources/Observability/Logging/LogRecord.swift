import Logging

/// What both handlers make a line of: the event with all its metadata in one place.
struct LogRecord {
  let time: UnixTime
  let level: Logger.Level
  let body: String
  /// Sorted by key, so that equal events make equal lines.
  private(set) var attributes: [(key: String, value: Logger.MetadataValue)]

  /// Merges the metadata. Of equal keys the one nearest the event counts: its own, then the provider's, then the handler's. An error
  /// given to the log call becomes the attribute `error`, where the event has none.
  init(_ event: LogEvent, metadata: Logger.Metadata, provider: Logger.MetadataProvider?, time: UnixTime) {
    self.time = time
    level = event.level
    body = event.message.description
    var merged = metadata
    if let provided = provider?.get(), !provided.isEmpty { merged.merge(provided) { $1 } }
    if let own = event.metadata {
      if merged.isEmpty { merged = own } else { merged.merge(own) { $1 } }
    }
    if let error = event.error, merged["error"] == nil { merged["error"] = .string("\(error)") }
    attributes = merged.sorted { $0.key < $1.key }
  }

  /// Takes an attribute out, as text.
  mutating func removeAttribute(_ key: String) -> String? {
    guard let index = attributes.firstIndex(where: { $0.key == key }) else { return nil }
    return attributes.remove(at: index).value.description
  }
}

extension Logger.Level {
  /// The level's name for people and for OpenTelemetry, where notice is the second of the four INFO levels.
  var severityText: String {
    switch self {
    case .trace: "TRACE"
    case .debug: "DEBUG"
    case .info, .notice: "INFO"
    case .warning: "WARN"
    case .error: "ERROR"
    case .critical: "FATAL"
    }
  }

  /// Source: https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber
  var severityNumber: Int {
    switch self {
    case .trace: 1
    case .debug: 5
    case .info: 9
    case .notice: 10
    case .warning: 13
    case .error: 17
    case .critical: 21
    }
  }
}
