public import Logging

/// How log lines look: `logging.format`.
public enum LogFormat: String, Sendable, Hashable, CaseIterable {
  case json, text
}

/// Everything that a program needs to log: a writer and the handlers that write to it.
///
/// ```swift
/// let output = LogOutput(level: .info, format: .json, service: service)
/// LoggingSystem.bootstrap { output.makeHandler(label: $0, metadataProvider: $1) }
/// // …
/// _ = await output.writer.flush(timeout: .seconds(2))
/// ```
public struct LogOutput: Sendable {
  public static let standardOutputDescriptor: Int32 = 1

  /// Where the lines go: ask it for what was dropped, and flush it before the process exits.
  public let writer: LogWriter

  private let makeLineHandler: @Sendable (Logger.MetadataProvider?, @escaping @Sendable ([UInt8]) -> Void) -> any LineLogHandler

  /// - Parameters:
  ///   - level: The level that loggers begin with.
  ///   - service: What the JSON lines are from.
  ///   - descriptor: Where the lines go.
  ///   - capacity: The bytes that may wait for a descriptor that stalls; more are dropped and counted.
  ///   - now: The clock of the lines.
  public init(
    level: Logger.Level,
    format: LogFormat,
    service: LogService,
    descriptor: Int32 = LogOutput.standardOutputDescriptor,
    capacity: Int = 1 << 20,
    now: @escaping @Sendable () -> UnixTime = UnixTime.now
  ) {
    let makeLineHandler: @Sendable (Logger.MetadataProvider?, @escaping @Sendable ([UInt8]) -> Void) -> any LineLogHandler =
      { metadataProvider, write in
        switch format {
        case .json: JSONLogHandler(level: level, service: service, metadataProvider: metadataProvider, now: now, write: write)
        case .text: TextLogHandler(level: level, metadataProvider: metadataProvider, now: now, write: write)
        }
      }
    let noticeHandler = makeLineHandler(nil) { _ in }
    self.makeLineHandler = makeLineHandler
    writer = LogWriter(descriptor: descriptor, capacity: capacity) { count in
      noticeHandler.line(for: .droppedLines(count))
    }
  }

  /// What `LoggingSystem.bootstrap` asks for.
  public func makeHandler(label: String, metadataProvider: Logger.MetadataProvider? = nil) -> any LogHandler {
    makeLineHandler(metadataProvider) { [writer] line in writer.write(line) }
  }

  /// A logger that is independent of `LoggingSystem`.
  public func makeLogger(label: String) -> Logger {
    Logger(label: label) { makeHandler(label: $0) }
  }
}

/// A handler that can make a line without writing it.
protocol LineLogHandler: LogHandler {
  /// The event's line, its line feed included.
  func line(for event: LogEvent) -> [UInt8]
}

extension JSONLogHandler: LineLogHandler {}
extension TextLogHandler: LineLogHandler {}

extension LogEvent {
  fileprivate static func droppedLines(_ count: Int) -> LogEvent {
    LogEvent(
      level: .warning,
      message: "Log lines were dropped: the reader of the log did not keep up",
      metadata: ["event_name": "worker.log.dropped", "dropped_line_count": .stringConvertible(count)],
      source: "Observability",
      file: #fileID,
      function: #function,
      line: #line
    )
  }
}
