/// Tells what happens, with the time since the beginning, and keeps what was done and what went wrong.
actor Timeline {
  private let start = ContinuousClock.now
  private let write: @Sendable (String) -> Void
  private(set) var violations: [String] = []
  private(set) var faultCounts: [Fault.Kind: Int] = [:]

  init(_ write: @escaping @Sendable (String) -> Void) {
    self.write = write
  }

  nonisolated var elapsed: Duration { start.duration(to: .now) }

  func note(_ text: String) {
    write("\(Format.flushRight(Format.seconds(elapsed), 8))  \(text)")
  }

  func noteViolation(_ text: String) {
    violations.append(text)
    note("WRONG: \(text)")
  }

  func count(_ fault: Fault) {
    faultCounts[fault.kind, default: 0] += 1
  }

  /// Returns at that time; at once where it has passed.
  nonisolated func wait(until time: Duration) async throws {
    try await Task.sleep(until: start + time)
  }
}
