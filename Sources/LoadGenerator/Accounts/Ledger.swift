import DequeModule

/// Accounts for every request of a run: each has exactly one fate in the end. A pure state machine; times are since the run's start, on
/// a clock that stands still while there is no broker.
///
/// It keeps one byte for each request to the end of the run, so that an answer that comes again is known for what it is, however late.
struct Ledger {
  /// What the time-out counts from.
  enum TimeoutRule {
    /// The publication: a caller waits so long and no longer.
    case fromPublication
    /// The broker's confirm, from which on the request must not be lost. One that is never confirmed times out all the same.
    case fromConfirm
  }

  /// What an answer is.
  enum Answer: Equatable {
    /// The first; `start` is what its latency counts from.
    case first(start: Duration)
    /// One more answer.
    case again
    /// A copy of an answer that was accounted for: the broker had not seen its acknowledgement.
    case redelivered
    /// The request had another fate by then.
    case late
    /// There is no such request.
    case unexpected
  }

  private struct Pending {
    let start: Duration
    var deadline: Duration
    var isConfirmed = false
    /// The answer may have been in a queue that is gone.
    var mayBeAnswered = false
  }

  private let timeout: Duration
  private let rule: TimeoutRule
  private var fates: [Fate] = []
  private var pending: [Int: Pending] = [:]
  /// In the order of time; one that is not its request's own any more is passed over.
  private var deadlines: Deque<(deadline: Duration, number: Int)> = []
  private var resent: Set<Int> = []
  private(set) var counts = LedgerCounts()

  init(timeout: Duration, rule: TimeoutRule) {
    self.timeout = timeout
    self.rule = rule
  }

  /// Requests without a fate.
  var outstandingCount: Int { pending.count }

  /// Enters a new request, which is about to be published, and returns its number, from 0.
  mutating func open(start: Duration, at now: Duration) -> Int {
    let number = fates.count
    fates.append(.pending)
    pending[number] = Pending(start: start, deadline: now + timeout)
    deadlines.append((now + timeout, number))
    return number
  }

  /// Notes that a request is published once more. False where that is not needed any more.
  mutating func reopen(_ number: Int, at now: Duration) -> Bool {
    guard pending[number] != nil else { return false }
    pending[number]?.deadline = now + timeout
    deadlines.append((now + timeout, number))
    if resent.insert(number).inserted { counts.resent += 1 }
    return true
  }

  /// The broker has taken the request.
  mutating func confirm(_ number: Int, at now: Duration) {
    guard rule == .fromConfirm, pending[number]?.isConfirmed == false else { return }
    pending[number]?.isConfirmed = true
    pending[number]?.deadline = now + timeout
    deadlines.append((now + timeout, number))
  }

  /// The queue that answers come to was gone. What the broker had confirmed by then may have been answered, which nobody can tell now.
  mutating func noteAnswersLost() {
    for (number, request) in pending where request.isConfirmed { pending[number]?.mayBeAnswered = true }
  }

  /// The broker has not taken it: `returned` or `refused`.
  mutating func close(_ number: Int, as fate: Fate) {
    guard pending.removeValue(forKey: number) != nil else { return }
    settle(number, fate)
  }

  /// An answer has come; to no request at all where `number` is nil.
  mutating func answer(_ number: Int?, isRedelivered: Bool) -> Answer {
    guard let number, fates.indices.contains(number) else {
      counts.unexpectedAnswers += 1
      return .unexpected
    }
    switch fates[number] {
    case .pending:
      guard let request = pending.removeValue(forKey: number) else { return .unexpected }
      settle(number, .answeredOnce)
      return .first(start: request.start)
    case .answeredOnce, .answeredAgain:
      guard !isRedelivered else {
        counts.redeliveredAnswers += 1
        return .redelivered
      }
      counts.duplicateAnswers += 1
      if fates[number] == .answeredOnce {
        counts[.answeredOnce] -= 1
        settle(number, .answeredAgain)
        if resent.contains(number) { counts.resentAnsweredAgain += 1 }
      }
      return .again
    case .returned, .refused, .timedOut, .disconnected, .lost, .abandoned:
      counts.lateAnswers += 1
      return .late
    }
  }

  /// Ends the wait for what is overdue, and returns it.
  mutating func expire(at now: Duration) -> [Int] {
    var expired: [Int] = []
    while let first = deadlines.first {
      guard let request = pending[first.number], request.deadline == first.deadline else {
        deadlines.removeFirst()
        continue
      }
      guard first.deadline <= now else { break }
      deadlines.removeFirst()
      pending[first.number] = nil
      settle(first.number, request.isConfirmed && !request.mayBeAnswered ? .lost : .timedOut)
      expired.append(first.number)
    }
    return expired
  }

  /// The requests that nobody knows to be with the broker, in their order.
  var unconfirmed: [Int] {
    pending.filter { !$0.value.isConfirmed }.keys.sorted()
  }

  /// Gives everything up that is outstanding, as `disconnected` or `abandoned`, and returns it.
  mutating func closeAll(as fate: Fate) -> [Int] {
    let numbers = pending.keys.sorted()
    pending.removeAll()
    deadlines.removeAll()
    for number in numbers { settle(number, fate) }
    return numbers
  }

  /// What has become of a request.
  func fate(of number: Int) -> Fate { fates[number] }

  private mutating func settle(_ number: Int, _ fate: Fate) {
    fates[number] = fate
    counts[fate] += 1
  }
}
