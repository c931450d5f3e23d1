import DequeModule

/// Publisher confirms of one channel (RabbitMQ's extension): the broker numbers what is published from 1 and says of each number, or of
/// all up to one, what became of it. A pure state machine: what the broker says in, who is to be told what out.
struct ConfirmTracker<Waiter> {
  private struct Entry {
    var waiter: Waiter?
    var returnReason: String?
  }

  /// The messages from number `first` on; those answered out of order are empty until all before them are.
  private var entries: Deque<Entry> = []
  private var first: UInt64 = 1

  /// The number that the next message published will have.
  var nextNumber: UInt64 { first + UInt64(entries.count) }

  /// Notes that the next message is published.
  mutating func append(_ waiter: Waiter) {
    entries.append(Entry(waiter: waiter))
  }

  /// Notes that a message was returned; its confirm will say `returned`.
  mutating func markReturned(_ number: UInt64, reason: String) {
    guard let index = index(of: number) else { return }
    entries[index].returnReason = reason
  }

  /// What a confirm settles, in the order of publication. A number that is not outstanding settles nothing.
  mutating func settle(_ number: UInt64, isMultiple: Bool, isPositive: Bool) -> [(Waiter, PublishOutcome)] {
    guard let last = index(of: number) else { return [] }
    var settled: [(Waiter, PublishOutcome)] = []
    for index in (isMultiple ? 0 : last)...last {
      guard let waiter = entries[index].waiter else { continue }
      entries[index].waiter = nil
      if !isPositive {
        settled.append((waiter, .nacked))
      } else if let reason = entries[index].returnReason {
        settled.append((waiter, .returned(reason: reason)))
      } else {
        settled.append((waiter, .confirmed))
      }
    }
    while let entry = entries.first, entry.waiter == nil {
      entries.removeFirst()
      first += 1
    }
    return settled
  }

  /// Everybody who still waits, when the channel is over.
  mutating func removeAll() -> [Waiter] {
    defer { entries.removeAll() }
    return entries.compactMap(\.waiter)
  }

  private func index(of number: UInt64) -> Int? {
    guard number >= first, number - first < UInt64(entries.count) else { return nil }
    return Int(number - first)
  }
}
