/// The time since a run's start, which stands still while there is no broker: nobody can be late then.
struct RunClock {
  private var start: ContinuousClock.Instant
  /// When it was stopped, while it is.
  private var stopped: ContinuousClock.Instant?

  init(start: ContinuousClock.Instant) {
    self.start = start
  }

  func time(at now: ContinuousClock.Instant) -> Duration {
    start.duration(to: stopped ?? now)
  }

  mutating func stop(at now: ContinuousClock.Instant) {
    stopped = stopped ?? now
  }

  mutating func resume(at now: ContinuousClock.Instant) {
    guard let stopped else { return }
    start += stopped.duration(to: now)
    self.stopped = nil
  }
}
