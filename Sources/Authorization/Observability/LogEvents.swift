public import Logging

extension Logger {
  /// A kind of log record: a stable name, a level and a constant message. Other modules add theirs in extensions.
  public struct Event: Sendable {
    /// The stable name, logged as `event_name`.
    public let name: String
    /// The level it is logged at.
    public let level: Logger.Level
    /// The message, the same for every record of this kind.
    public let message: Logger.Message

    /// Makes a kind of record.
    public init(_ name: String, _ level: Logger.Level, _ message: Logger.Message) {
      self.name = name
      self.level = level
      self.message = message
    }
  }

  /// The key of an attribute. Other modules add theirs in extensions.
  public struct AttributeKey: Sendable, Hashable, RawRepresentable, ExpressibleByStringLiteral {
    /// The key as logged.
    public let rawValue: String

    /// Makes a key of its text.
    public init(rawValue: String) {
      self.rawValue = rawValue
    }

    public init(stringLiteral value: String) {
      self.init(rawValue: value)
    }
  }

  /// Logs an event with its attributes; a nil attribute is left out. Below the logger's level nothing is evaluated.
  public func record(
    _ event: Event,
    _ attributes: @autoclosure () -> KeyValuePairs<AttributeKey, Logger.MetadataValue?>,
    file: String = #fileID,
    function: String = #function,
    line: UInt = #line
  ) {
    guard logLevel <= event.level else { return }
    let attributes = attributes()
    var metadata = Logger.Metadata(minimumCapacity: attributes.count + 1)
    metadata[AttributeKey.eventName.rawValue] = .string(event.name)
    for (key, value) in attributes {
      metadata[key.rawValue] = value
    }
    log(level: event.level, event.message, metadata: metadata, file: file, function: function, line: line)
  }
}

/// The attributes of the decision's events, named as the contract has them.
extension Logger.AttributeKey {
  /// The event's stable name; set by ``Logging/Logger/record(_:_:file:function:line:)`` itself.
  public static let eventName: Self = "event_name"
  public static let username: Self = "username"
  public static let eventType: Self = "event_type"
  public static let requestID: Self = "request_id"
  public static let cacheOutcome: Self = "cache_outcome"
  public static let fetchOutcome: Self = "fetch_outcome"
  public static let reason: Self = "reason"
  public static let error: Self = "error"
  public static let serverIndex: Self = "server_index"
  public static let server: Self = "server"
  public static let skipped: Self = "skipped"
  public static let total: Self = "total"
  public static let targetField: Self = "target_field"
}

/// The events of the decision, as operators know them from aviso.
extension Logger.Event {
  public static let checkStarted = Self("auth.ecpds.check.started", .debug, "Access check started")
  public static let checkAllowed = Self("auth.ecpds.check.allowed", .info, "Access allowed")
  public static let checkDenied = Self("auth.ecpds.check.denied", .warning, "Access denied")
  public static let checkUnavailable = Self("auth.ecpds.check.unavailable", .warning, "Access could not be decided")
  public static let checkError = Self("auth.ecpds.check.error", .error, "Access check failed")
  public static let adminBypass = Self("auth.ecpds.admin.bypass", .debug, "Access allowed to an administrator")
  public static let cacheHit = Self("auth.ecpds.cache.hit", .debug, "Destination list found in the cache")
  public static let cacheMiss = Self("auth.ecpds.cache.miss", .debug, "Destination list not in the cache")
  public static let fetchSucceeded = Self("auth.ecpds.fetch.succeeded", .debug, "Destination list fetched")
  public static let fetchFailed = Self("auth.ecpds.fetch.failed", .warning, "Destination list could not be fetched")
  public static let fetchSkippedInactive = Self("auth.ecpds.fetch.skipped_inactive", .debug, "Inactive records skipped")
  public static let fetchSkippedRecord = Self("auth.ecpds.fetch.skipped_record", .debug, "Records without target field skipped")
}
