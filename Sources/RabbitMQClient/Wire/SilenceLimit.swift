/// Tells in time that the broker has been silent for two heartbeats.
///
/// librabbitmq notices by itself when it reads. When it publishes, it notices too, and then (0.11) waits for a sign of the broker in
/// `poll`, without a limit: so nothing is published once the silence is that long.
struct SilenceLimit {
  private let limit: Duration
  /// Until then the broker cannot have been silent for too long, whatever it does.
  private var soundUntil: ContinuousClock.Instant?

  /// The kernel counts silence in ticks of up to ten milliseconds, and librabbitmq must never be the first.
  private static let margin = Duration.milliseconds(100)

  /// - Parameter heartbeat: as agreed with the broker; zero where there is none, and so no limit.
  init(heartbeat: Duration) {
    limit = heartbeat * 2 - Self.margin
  }

  /// - Parameter silence: the time since something came from the broker. Asked for only when what was known before says too little: it
  ///   costs a system call, and this is asked for every message.
  mutating func isExceeded(at now: ContinuousClock.Instant, silence: () -> Duration) -> Bool {
    guard limit > .zero else { return false }
    if let soundUntil, now < soundUntil { return false }
    let rest = limit - silence()
    soundUntil = now + rest
    return rest <= .zero
  }
}
