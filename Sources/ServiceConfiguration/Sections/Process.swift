extension ServiceConfiguration {
  /// `worker`: the worker process.
  public struct Worker: Sendable, Equatable {
    /// How long the requests in hand may take after SIGTERM or SIGINT.
    public var drainTimeout = Duration.seconds(30)
    /// How many requests may wait for lists that are being fetched; nil for three quarters of the prefetch count. See
    /// ``ServiceConfiguration/maximumWaitingCount``.
    public var maximumWaitingCount: Int?
    /// How long the sender of a request with a timestamp and no expiration is taken to wait.
    public var maximumRequestAge = Duration.seconds(60)
    /// Whether the broker is asked if a request's sender is still there before ECPDS is.
    public var probesRequesters = false

    /// Defaults.
    public init() {}
  }

  /// `http`: the endpoint for metrics and health.
  public struct HTTP: Sendable, Equatable {
    /// Whether the endpoint is served.
    public var isEnabled = true
    /// The name or address to listen on.
    public var host = "127.0.0.1"
    /// The port to listen on.
    public var port = 9464

    /// Defaults.
    public init() {}
  }

  /// `logging`: the log.
  public struct Logging: Sendable, Equatable {
    /// The least severe level that is written.
    public var level = Level.info
    /// How a line is written.
    public var format = Format.json

    /// Defaults.
    public init() {}

    /// The levels of swift-log, by the same names.
    public enum Level: String, Sendable, CaseIterable {
      case trace, debug, info, notice, warning, error, critical
    }

    /// How a line is written.
    public enum Format: String, Sendable, CaseIterable {
      /// One JSON object a line.
      case json
      /// For people.
      case text
    }
  }
}
