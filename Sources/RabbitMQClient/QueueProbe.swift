import DequeModule

/// What to send next on the channel that asks for queues.
enum QueueProbeStep: Equatable {
  case openChannel
  case declarePassively(ShortString)
  case confirmClose
}

/// Asks whether queues exist, one after another: a passive declaration, which the broker answers with a no by closing the channel. So it
/// has a channel of its own, opened at the first question and again after each no. Who asks may give up; a question that the broker has not
/// seen is then not asked. A pure state machine: frames in, steps and answers out.
///
/// RabbitMQ answers so for the names of Direct Reply-to as well (https://www.rabbitmq.com/docs/direct-reply-to).
struct QueueProbe<Waiter> {
  private enum State {
    case closed
    case opening
    case asking
    case idle
  }

  /// Names a question.
  struct ID: Equatable {
    fileprivate let number: UInt64
  }

  private struct Question {
    let id: ID
    let queue: ShortString
    /// Nil when whoever asked has given up, while the broker's answer is still to come.
    var waiter: Waiter?
  }

  private var state = State.closed
  private var questions: Deque<Question> = []
  private var latestNumber: UInt64 = 0

  mutating func makeID() -> ID {
    latestNumber += 1
    return ID(number: latestNumber)
  }

  /// Adds a question.
  mutating func ask(_ queue: ShortString, _ id: ID, _ waiter: Waiter) -> QueueProbeStep? {
    questions.append(Question(id: id, queue: queue, waiter: waiter))
    switch state {
    case .closed:
      state = .opening
      return .openChannel
    case .idle: return askNext()
    case .opening, .asking: return nil
    }
  }

  /// Withdraws a question; nil where it has been answered. The broker's answer to it, should it come, is nobody's.
  mutating func abandon(_ id: ID) -> Waiter? {
    guard let index = questions.firstIndex(where: { $0.id == id }) else { return nil }
    if index == 0, state == .asking { return questions[index].waiter.take() }
    return questions.remove(at: index).waiter
  }

  /// Takes what the broker sent on the channel.
  mutating func receive(_ frame: IncomingFrame) -> (answer: (Waiter, exists: Bool)?, steps: [QueueProbeStep]) {
    switch (state, frame) {
    case (.opening, .channelOpenOK): return (nil, [askNext()].compactMap(\.self))
    case (.asking, .declareOK):
      let answer = answerFirst(exists: true)
      return (answer, [askNext()].compactMap(\.self))
    case (_, .channelClose(let code, _)):
      // Only "not found" is a no. Whatever else the broker has against the question, the queue may be there.
      let answer = state == .asking ? answerFirst(exists: code != Self.notFound) : nil
      state = questions.isEmpty ? .closed : .opening
      return (answer, questions.isEmpty ? [.confirmClose] : [.confirmClose, .openChannel])
    default: return (nil, [])
    }
  }

  /// Everybody who still waits, when the connection is over.
  mutating func removeAll() -> [Waiter] {
    defer { questions.removeAll() }
    return questions.compactMap(\.waiter)
  }

  private mutating func answerFirst(exists: Bool) -> (Waiter, exists: Bool)? {
    questions.popFirst()?.waiter.map { ($0, exists: exists) }
  }

  private mutating func askNext() -> QueueProbeStep? {
    state = questions.isEmpty ? .idle : .asking
    return questions.first.map { .declarePassively($0.queue) }
  }

  /// AMQP 0-9-1's reply code.
  private static var notFound: UInt16 { 404 }
}
