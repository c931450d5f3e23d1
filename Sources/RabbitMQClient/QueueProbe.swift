import DequeModule

/// What to send next on the channel that asks for queues.
enum QueueProbeStep: Equatable {
  case openChannel
  case declarePassively(ShortString)
  case confirmClose
}

/// Asks whether queues exist, one after another: a passive declaration, which the broker answers with a no by closing the channel. So it
/// has a channel of its own, opened at the first question and again after each no. A pure state machine: frames in, steps and answers
/// out.
///
/// RabbitMQ answers so for the names of Direct Reply-to as well (https://www.rabbitmq.com/docs/direct-reply-to).
struct QueueProbe<Waiter> {
  private enum State {
    case closed
    case opening
    case asking
    case idle
  }

  private var state = State.closed
  private var questions: Deque<(queue: ShortString, waiter: Waiter)> = []

  /// Adds a question.
  mutating func ask(_ queue: ShortString, _ waiter: Waiter) -> QueueProbeStep? {
    questions.append((queue, waiter))
    switch state {
    case .closed:
      state = .opening
      return .openChannel
    case .idle: return askNext()
    case .opening, .asking: return nil
    }
  }

  /// Takes what the broker sent on the channel.
  mutating func receive(_ frame: IncomingFrame) -> (answer: (Waiter, exists: Bool)?, steps: [QueueProbeStep]) {
    switch (state, frame) {
    case (.opening, .channelOpenOK): return (nil, [askNext()].compactMap(\.self))
    case (.asking, .declareOK):
      let answer = questions.popFirst().map { ($0.waiter, exists: true) }
      return (answer, [askNext()].compactMap(\.self))
    case (_, .channelClose(let code, _)):
      // Only "not found" is a no. Whatever else the broker has against the question, the queue may be there.
      let answer = state == .asking ? questions.popFirst().map { ($0.waiter, exists: code != Self.notFound) } : nil
      state = questions.isEmpty ? .closed : .opening
      return (answer, questions.isEmpty ? [.confirmClose] : [.confirmClose, .openChannel])
    default: return (nil, [])
    }
  }

  /// Everybody who still waits, when the connection is over.
  mutating func removeAll() -> [Waiter] {
    defer { questions.removeAll() }
    return questions.map(\.waiter)
  }

  private mutating func askNext() -> QueueProbeStep? {
    state = questions.isEmpty ? .idle : .asking
    return questions.first.map { .declarePassively($0.queue) }
  }

  /// AMQP 0-9-1's reply code.
  private static var notFound: UInt16 { 404 }
}
