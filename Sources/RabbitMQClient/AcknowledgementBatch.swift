import DequeModule

/// The acknowledgements of one channel, gathered for a moment, so that one says at once what many would: all up to a delivery.
///
/// That one may say it only where every delivery before it is done with. A pure state machine: deliveries and what becomes of them in,
/// what to tell the broker out.
struct AcknowledgementBatch {
  /// To be told to the broker.
  struct Acknowledgement: Equatable {
    let tag: UInt64
    /// Whether it is for all before, too.
    let isMultiple: Bool
  }

  /// Of the deliveries from tag `first` on, whether each is done with.
  private var isDone: Deque<Bool> = []
  private var first: UInt64 = 1
  /// Acknowledged, and not told yet.
  private var waiting: [UInt64] = []

  /// Notes that a delivery has come. The broker numbers those of a channel from 1, without a gap.
  mutating func receive(_ tag: UInt64) {
    while first + UInt64(isDone.count) <= tag { isDone.append(false) }
  }

  /// Notes that a delivery is to be acknowledged with the next batch.
  mutating func acknowledge(_ tag: UInt64) {
    waiting.append(tag)
    settle(tag)
  }

  /// Notes that the broker is told otherwise of a delivery, before the next batch.
  mutating func settle(_ tag: UInt64) {
    guard tag >= first, tag - first < UInt64(isDone.count) else { return }
    isDone[Int(tag - first)] = true
  }

  /// What to tell the broker of those that were acknowledged since the last time.
  mutating func take() -> [Acknowledgement] {
    while isDone.first == true {
      isDone.removeFirst()
      first += 1
    }
    var batch: [Acknowledgement] = []
    var coveredCount = 0
    var lastCovered: UInt64 = 0
    for tag in waiting {
      if tag < first {
        coveredCount += 1
        lastCovered = max(lastCovered, tag)
      } else {
        batch.append(Acknowledgement(tag: tag, isMultiple: false))
      }
    }
    if coveredCount > 0 { batch.append(Acknowledgement(tag: lastCovered, isMultiple: coveredCount > 1)) }
    waiting.removeAll(keepingCapacity: true)
    return batch
  }
}
