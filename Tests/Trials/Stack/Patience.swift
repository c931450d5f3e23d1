/// Waiting for something that another process does.
enum Patience {
  struct Exhausted: Error, CustomStringConvertible {
    let description: String
  }

  /// Asks again and again, until the answer is yes.
  ///
  /// - Throws: `Exhausted` when the time is up, or the task is cancelled.
  static func wait(for what: String, seconds: Int = 60, until condition: () async -> Bool) async throws {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while await !condition() {
      guard ContinuousClock.now < deadline else { throw Exhausted(description: "\(what): not within \(seconds) s") }
      try await Task.sleep(for: .milliseconds(100))
    }
  }
}
