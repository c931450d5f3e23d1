import DequeModule

/// What waits for the socket, or for the broker to take publications again, in order. A pure state machine: what is to be written in, what
/// may be written now out.
struct Outbox {
  private var waiting: Deque<Outgoing> = []
  /// Whether the broker takes no publications for now. What follows one waits with it: the order is kept.
  var isBlocked = false

  var isEmpty: Bool { waiting.isEmpty }

  /// Whether something could be written if the socket had room.
  var waitsForSocket: Bool { next != nil }

  /// The first of those that wait, unless it waits for the broker.
  var next: Outgoing? { waiting.first.flatMap { mayBeWritten($0) ? $0 : nil } }

  /// Whether it need not wait for anything but the socket.
  func canPass(_ outgoing: Outgoing) -> Bool { waiting.isEmpty && mayBeWritten(outgoing) }

  mutating func append(_ outgoing: Outgoing) {
    waiting.append(outgoing)
  }

  /// Notes that `next` is written. Without effect where nothing waits, as when that write has ended the connection.
  mutating func removeNext() {
    _ = waiting.popFirst()
  }

  mutating func removeAll() {
    waiting.removeAll()
  }

  private func mayBeWritten(_ outgoing: Outgoing) -> Bool { !(isBlocked && outgoing.startsPublication) }
}
