/// Decides which entry goes when there is one too many: the W-TinyLFU policy with an adaptive window.
///
/// New entries enter the *window*, an LRU list. What falls out of it must compete with the least recently used entry of the *main* space: the one
/// that is requested more often, by the ``FrequencySketch``, stays. The main space is a segmented LRU: an entry enters it on *probation* and
/// becomes *protected* with its first hit. A one-shot scan thus passes through the window and leaves the main space as it was.
/// After Einziger, Friedman and Manes (TinyLFU, 2017) and Einziger, Eytan, Friedman and Manes, "Adaptive Software Cache Management"
/// (Middleware 2018).
///
/// How much of the room the window deserves depends on the workload. The policy follows the evictions that it regrets: a miss of a key that
/// was lately turned away at the end of the window widens the window by one, a miss of one that was lately evicted from the main
/// space narrows it by one, between 1% and 99% of the room. Both memories are equally long, so the window settles where one more entry is worth the same on either side.
/// This needs no sampling period, whose length a hill climber on the hit ratio must guess.
///
/// It knows entries by their slots and keys by their hashes alone, and is deterministic.
@usableFromInline
struct WindowTinyLFU {
  private enum Segment: UInt8 {
    case window
    case probation
    case protected
  }

  /// From this frequency on, a candidate as popular as its rival wins as the more recent one.
  private static let minimumFrequencyToWinDraw = 3
  /// From this frequency on, a candidate less popular than its rival is still admitted once in a while: otherwise someone who makes hash
  /// collisions with the rivals could keep everything new out.
  private static let minimumFrequencyForLottery = 6

  let maximumCount: Int
  private(set) var maximumWindowCount: Int
  private let maximumWindowCountLimit: Int
  private var links = SlotLinks()
  private var segments: [Segment] = []
  private var hashes: [UInt32] = []
  private var window = SlotList()
  private var probation = SlotList()
  private var protected = SlotList()
  private var sketch: FrequencySketch
  private var turnedAway: RecentEvictions
  private var evictedFromMain: RecentEvictions
  private var lottery: UInt64 = 0x2545_F491_4F6C_DD1D

  /// - Parameter maximumCount: how many entries may stay, at least one.
  init(maximumCount: Int) {
    self.maximumCount = maximumCount
    maximumWindowCount = max(1, maximumCount / 100)
    maximumWindowCountLimit = max(1, maximumCount - max(1, maximumCount / 100))
    sketch = FrequencySketch(capacity: min(maximumCount, 64))
    turnedAway = RecentEvictions(span: maximumCount / 4)
    evictedFromMain = RecentEvictions(span: maximumCount / 4)
  }

  var count: Int { window.count + probation.count + protected.count }

  private var maximumProtectedCount: Int { (maximumCount - maximumWindowCount) * 4 / 5 }

  /// The hash that the slot was inserted with last.
  func hash(of slot: Int32) -> UInt32 { hashes[Int(slot)] }

  /// Takes note of a request that found the entry in `slot`.
  @usableFromInline
  mutating func recordHit(_ slot: Int32, hash: UInt32) {
    sketch.increment(hash: hash)
    switch segments[Int(slot)] {
    case .window:
      links.moveToEnd(slot, of: &window)
    case .probation:
      links.remove(slot, from: &probation)
      links.append(slot, to: &protected)
      segments[Int(slot)] = .protected
      demoteExcessProtected()
    case .protected:
      links.moveToEnd(slot, of: &protected)
    }
  }

  /// Takes note of a request that found no entry.
  @usableFromInline
  mutating func recordMiss(hash: UInt32) {
    sketch.increment(hash: hash)
    if turnedAway.remove(hash: hash) {
      maximumWindowCount = min(maximumWindowCount + 1, maximumWindowCountLimit)
    } else if evictedFromMain.remove(hash: hash) {
      maximumWindowCount = max(maximumWindowCount - 1, 1)
    }
  }

  /// Adds an entry. A new slot is the number of those used so far, or one that was removed or evicted.
  ///
  /// - Returns: the slot whose entry is evicted for it, no longer the policy's; it can be the new one.
  mutating func insert(_ slot: Int32, hash: UInt32) -> Int32? {
    if Int(slot) == hashes.count {
      hashes.append(hash)
      segments.append(.window)
    } else {
      hashes[Int(slot)] = hash
      segments[Int(slot)] = .window
    }
    links.append(slot, to: &window)
    if count > sketch.capacity, sketch.capacity < maximumCount {
      sketch.grow(toCapacity: min(2 * sketch.capacity, maximumCount))
    }
    let candidate = moveExcessWindowToProbation()
    demoteExcessProtected()
    return count > maximumCount ? evict(candidate: candidate) : nil
  }

  /// Forgets an entry that left for another reason than room.
  mutating func remove(_ slot: Int32) {
    switch segments[Int(slot)] {
    case .window: links.remove(slot, from: &window)
    case .probation: links.remove(slot, from: &probation)
    case .protected: links.remove(slot, from: &protected)
    }
  }

  /// - Returns: the slot moved last.
  private mutating func moveExcessWindowToProbation() -> Int32? {
    var moved: Int32?
    while window.count > maximumWindowCount, let slot = window.first {
      links.remove(slot, from: &window)
      links.append(slot, to: &probation)
      segments[Int(slot)] = .probation
      moved = slot
    }
    return moved
  }

  private mutating func demoteExcessProtected() {
    let maximum = maximumProtectedCount
    while protected.count > maximum, let slot = protected.first {
      links.remove(slot, from: &protected)
      links.append(slot, to: &probation)
      segments[Int(slot)] = .probation
    }
  }

  private mutating func evict(candidate: Int32?) -> Int32? {
    let rival = probation.first == candidate ? protected.first : probation.first ?? protected.first
    let loser: Int32?
    if let candidate, let rival {
      loser = admits(candidate, insteadOf: rival) ? rival : candidate
    } else {
      loser = candidate ?? rival ?? window.first
    }
    guard let loser else { return nil }
    if loser == candidate {
      turnedAway.insert(hash: hashes[Int(loser)])
    } else {
      evictedFromMain.insert(hash: hashes[Int(loser)])
    }
    remove(loser)
    return loser
  }

  private mutating func admits(_ candidate: Int32, insteadOf rival: Int32) -> Bool {
    let candidateFrequency = sketch.frequency(ofHash: hashes[Int(candidate)])
    let rivalFrequency = sketch.frequency(ofHash: hashes[Int(rival)])
    if candidateFrequency > rivalFrequency { return true }
    if candidateFrequency == rivalFrequency, candidateFrequency >= Self.minimumFrequencyToWinDraw { return true }
    guard candidateFrequency >= Self.minimumFrequencyForLottery else { return false }
    lottery = lottery &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return lottery >> 57 == 0
  }
}
