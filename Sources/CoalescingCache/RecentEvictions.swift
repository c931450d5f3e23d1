/// Remembers the hashes of the latest evictions, to notice when an evicted key is wanted back.
///
/// A table with one place for each hash: a later eviction may overwrite an earlier one. It is a signal, not a record.
struct RecentEvictions {
  private struct Eviction {
    var hash: UInt32
    var sequenceNumber: UInt32
  }

  /// How many evictions count as recent.
  private let span: UInt32
  private var sequenceNumber: UInt32
  private var evictions: [Eviction] = []

  init(span: Int) {
    self.span = UInt32(clamping: max(span, 1))
    // A vacant place has the sequence number 0, which must not pass for recent.
    sequenceNumber = self.span + 1
  }

  mutating func insert(hash: UInt32) {
    if evictions.isEmpty {
      var placeCount = 1
      while placeCount < 2 * Int(span) { placeCount *= 2 }
      evictions = [Eviction](repeating: Eviction(hash: 0, sequenceNumber: 0), count: placeCount)
    }
    sequenceNumber &+= 1
    evictions[Int(hash) & (evictions.count - 1)] = Eviction(hash: hash, sequenceNumber: sequenceNumber)
  }

  /// Forgets the eviction of a key.
  ///
  /// - Returns: whether it was a recent one.
  mutating func remove(hash: UInt32) -> Bool {
    guard !evictions.isEmpty else { return false }
    let place = Int(hash) & (evictions.count - 1)
    let eviction = evictions[place]
    guard eviction.hash == hash, sequenceNumber &- eviction.sequenceNumber < span else { return false }
    evictions[place].sequenceNumber = sequenceNumber &- span
    return true
  }
}
