import FoundationEssentials

/// The time since a run's start: all of it, and without the time that there was no broker.
struct RunClock {
  private let elapsed: @Sendable () -> Duration
  private let unixStart = Date().timeIntervalSince1970
  private var disconnectedSince: Duration?
  private var disconnectedTotal = Duration.zero
  /// What there was of it when the broker last gave a sign of life.
  private var disconnectedBefore = Duration.zero

  init() {
    let start = ContinuousClock.now
    self.init { start.duration(to: .now) }
  }

  /// - Parameter elapsed: the time since the start.
  init(elapsed: @escaping @Sendable () -> Duration) {
    self.elapsed = elapsed
  }

  var now: Duration { elapsed() }

  /// Stands still while there is no broker, when no answer can come.
  var connectedNow: Duration { (disconnectedSince ?? now) - disconnectedTotal }

  /// For how long there has been no broker; nil while there is one.
  var disconnectedFor: Duration? { disconnectedSince.map { now - $0 } }

  /// For how long there has been no broker since one last answered: connections that are lost at once do not end it.
  var searchedFor: Duration { disconnectedTotal + (disconnectedFor ?? .zero) - disconnectedBefore }

  /// The time of day, in seconds since 1970-01-01 UTC.
  var unixSeconds: UInt64 { UInt64(max(0, unixStart + now / .seconds(1))) }

  mutating func noteDisconnected() {
    disconnectedSince = disconnectedSince ?? now
  }

  /// The broker has answered something.
  mutating func noteSignOfLife() {
    disconnectedBefore = disconnectedTotal
  }

  mutating func noteConnected() {
    if let disconnectedFor { disconnectedTotal += disconnectedFor }
    disconnectedSince = nil
  }
}
