/// How long to wait before the next attempt: doubling from `initial` to `maximum`, each time a random part of it between a half and
/// the whole, so that workers that lost the same broker do not come back in step.
public struct ExponentialBackoff: Sendable {
  public let initial: Duration
  public let maximum: Duration
  /// Attempts that have failed since the last success.
  public private(set) var failureCount = 0

  public init(initial: Duration = .milliseconds(250), maximum: Duration = .seconds(15)) {
    self.initial = initial
    self.maximum = maximum
  }

  /// Notes a failed attempt and returns the pause before the next.
  public mutating func nextDelay(using generator: inout some RandomNumberGenerator) -> Duration {
    // Doubling more often than this would pass any maximum, and overflow in the end.
    let ceiling = min(maximum, initial * (1 << min(failureCount, 20)))
    failureCount += 1
    return ceiling * Double.random(in: 0.5...1, using: &generator)
  }

  /// Notes a success.
  public mutating func reset() {
    failureCount = 0
  }
}
