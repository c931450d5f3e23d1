/// What came of a chaos run, and whether it may.
package struct ChaosOutcome: Sendable {
  package var seed: UInt64
  package var faultCounts: [Fault.Kind: Int]
  package var load: LoadReport
  /// One for each message in the dead-letter queue.
  package var deadLetterReasons: [String] = []
  package var leftInQueue = 0
  /// What was seen on the way.
  package var violations: [String] = []

  package init(seed: UInt64, faultCounts: [Fault.Kind: Int], load: LoadReport) {
    self.seed = seed
    self.faultCounts = faultCounts
    self.load = load
  }

  /// Requests that the broker had accepted and that were neither answered nor set aside.
  package var lostCount: Int { max(0, load.lost - deadLetterReasons.count) }

  /// Why the run has failed; empty where it has not.
  package var failures: [String] {
    var failures = violations
    if load.wrongCount > 0 { failures.append("\(load.wrongCount) answers were wrong, \(load.wrongAllow) of them allowed") }
    if load.replyQueueLost > 0 { failures.append("the load's reply queue was lost: whether requests were, nobody can tell") }
    if lostCount > 0 { failures.append("\(lostCount) requests were neither answered nor dead-lettered") }
    if leftInQueue > 0 { failures.append("\(leftInQueue) requests are still in the queue") }
    if load.answered + load.unanswered != load.requests {
      failures.append("\(load.requests) requests, but \(load.answered) answered and \(load.unanswered) not")
    }
    if load.answered == 0 { failures.append("nothing was answered") }
    return failures
  }

  private var deadLetterCounts: [(String, Int)] {
    Dictionary(grouping: deadLetterReasons) { $0 }.sorted { $0.key < $1.key }.map { ("  for \($0.key)", $0.value.count) }
  }

  /// What was done, and what came of it.
  package var table: String {
    let faults = Fault.Kind.allCases.compactMap { kind in faultCounts[kind].map { (kind.rawValue, $0) } }
    let results =
      [
        ("requests", load.requests),
        ("answered", load.answered),
        ("not accepted by broker", load.notAccepted),
        ("duplicates", load.answeredAgain),
        ("unavailable", load.decisions["unavailable"] ?? 0),
        ("dead-lettered", deadLetterReasons.count),
      ] + deadLetterCounts + [("lost", lostCount), ("wrong", load.wrongCount)]
    return Format.table([faults, results])
  }
}
