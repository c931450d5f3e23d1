/// What becomes of a request. Each has one in the end, so that the numbers of all add up to what was sent.
public enum Fate: String, Sendable, CaseIterable {
  /// No fate yet.
  case pending
  /// Answered, exactly once.
  case answeredOnce = "answered_once"
  /// Answered more than once.
  case answeredAgain = "answered_again"
  /// The broker has no queue for it.
  case returned
  /// The broker did not take it (a negative confirm).
  case refused
  /// Not answered in time. In the durable mode: neither answered nor confirmed in time, or the answer may have been in a reply queue
  /// that was lost.
  case timedOut = "timed_out"
  /// The connection was lost while it was under way, and the run went no further.
  case disconnected
  /// Confirmed by the broker and not answered in time; told apart in the durable mode alone.
  case lost
  /// Under way when the run was interrupted.
  case abandoned
}

/// How many requests have which fate, and what else a ledger counts.
public struct LedgerCounts: Sendable, Equatable {
  private var fates: [Fate: Int] = [:]
  /// Answers to requests that had been answered, each counted; redelivered copies are not among them.
  public internal(set) var duplicateAnswers = 0
  /// Copies of answers that had been accounted for, by the broker's redelivered flag.
  public internal(set) var redeliveredAnswers = 0
  /// Answers to requests that had been given up.
  public internal(set) var lateAnswers = 0
  /// Answers to no request of the run.
  public internal(set) var unexpectedAnswers = 0
  /// Requests that were published more than once, because the connection was lost before the broker confirmed them.
  public internal(set) var resent = 0
  /// Of the requests answered more than once those that were also published more than once: the second answer is the run's own doing.
  public internal(set) var resentAnsweredAgain = 0

  public internal(set) subscript(fate: Fate) -> Int {
    get { fates[fate] ?? 0 }
    set { fates[fate] = newValue }
  }

  /// Requests that were answered.
  public var answered: Int { self[.answeredOnce] + self[.answeredAgain] }

  /// Requests that were not, or more than once.
  public var failures: Int { fates.reduce(0) { $0 + ($1.key == .answeredOnce ? 0 : $1.value) } }

  /// Requests with a fate.
  public var settled: Int { fates.values.reduce(0, +) }
}
