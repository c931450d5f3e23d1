import FoundationEssentials

/// The time since a run's start: all of it, and without the time that there was no broker.
struct RunClock {
  private let start = ContinuousClock.now
  private let unixStart = Date().timeIntervalSince1970
  private var disconnectedSince: Duration?
  private var disconnectedTotal = Duration.zero

  var now: Duration { start.duration(to: .now) }

  /// Stands still while there is no broker, when no answer can come.
  var connectedNow: Duration { (disconnectedSince ?? now) - disconnectedTotal }

  /// For how long there has been no broker; nil while there is one.
  var disconnectedFor: Duration? { disconnectedSince.map { now - $0 } }

  /// The time of day, in seconds since 1970-01-01 UTC.
  var unixSeconds: UInt64 { UInt64(max(0, unixStart + now / .seconds(1))) }

  mutating func noteDisconnected() {
    disconnectedSince = disconnectedSince ?? now
  }

  mutating func noteConnected() {
    if let disconnectedFor { disconnectedTotal += disconnectedFor }
    disconnectedSince = nil
  }
}
