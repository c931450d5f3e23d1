/// Decides which entry goes when there is one too many: ``WindowTinyLFU`` with the window that does best in ``WindowTrials``.
///
/// Hits are noted and worked off some at a time: where they touch memory that is far away, in a large cache, the processor then fetches
/// for several at once. Nothing else sees the difference, for everything that the policy decides comes after what was noted before.
///
/// It knows entries by their slots and keys by their hashes alone, and is deterministic.
@usableFromInline
struct AdaptivePolicy {
  /// For how many keys the sketch is good at first (64 KiB). It grows with the entries; what it learnt while it was small is less exact.
  private static let initialSketchCapacity = 4096

  /// How many hits are worked off together.
  private static let maximumNotedHitCount = 64

  private var entries: WindowTinyLFU
  private var trials: WindowTrials
  private var sketch: FrequencySketch
  private var notedHits: [(slot: Int32, hash: UInt32)] = []

  /// - Parameter maximumCount: how many entries may stay, at least one.
  init(maximumCount: Int) {
    trials = WindowTrials(maximumCount: maximumCount)
    entries = WindowTinyLFU(maximumCount: maximumCount, maximumWindowCount: trials.maximumWindowCount)
    sketch = FrequencySketch(capacity: min(maximumCount, Self.initialSketchCapacity))
  }

  var maximumCount: Int { entries.maximumCount }

  var maximumWindowCount: Int { entries.maximumWindowCount }

  /// The hash that the slot was inserted with last.
  func hash(of slot: Int32) -> UInt32 { entries.hash(of: slot) }

  /// Takes note of a request that found the entry in `slot`.
  @usableFromInline
  mutating func recordHit(_ slot: Int32, hash: UInt32) {
    notedHits.append((slot, hash))
    if notedHits.count >= Self.maximumNotedHitCount { workOffHits() }
  }

  /// Takes note of a request that found no entry.
  @usableFromInline
  mutating func recordMiss(hash: UInt32) {
    workOffHits()
    sketch.increment(hash: hash)
    tryOut(hash: hash)
  }

  /// Adds an entry. A new slot is the number of those used so far, or one that was removed or evicted.
  ///
  /// - Returns: the slot whose entry is evicted for it, no longer the policy's; it can be the new one.
  mutating func insert(_ slot: Int32, hash: UInt32) -> Int32? {
    workOffHits()
    if entries.count >= sketch.capacity, sketch.capacity < maximumCount {
      sketch.grow(toCapacity: min(2 * sketch.capacity, maximumCount))
    }
    return entries.insert(slot, hash: hash, sketch: sketch)
  }

  /// Forgets an entry that left for another reason than room.
  mutating func remove(_ slot: Int32) {
    workOffHits()
    entries.remove(slot)
  }

  private mutating func workOffHits() {
    guard !notedHits.isEmpty else { return }
    for hit in notedHits { sketch.increment(hash: hit.hash) }
    for hit in notedHits { entries.recordHit(hit.slot) }
    for hit in notedHits { tryOut(hash: hit.hash) }
    notedHits.removeAll(keepingCapacity: true)
  }

  private mutating func tryOut(hash: UInt32) {
    guard trials.includes(hash: hash) else { return }
    trials.record(hash: hash, sketch: sketch)
    entries.maximumWindowCount = trials.maximumWindowCount
  }
}
