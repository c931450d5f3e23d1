/// Decides which entry goes when there is one too many: the W-TinyLFU policy, with a window of a size that is given to it.
///
/// New entries enter the *window*, an LRU list. What falls out of it must compete with the least recently used entry of the *main* space: the
/// one that is requested more often, by a ``FrequencySketch``, stays. The main space is a segmented LRU: an entry enters it on
/// *probation* and becomes *protected* with its first hit. A one-shot scan thus passes through the window and leaves the main space as it
/// was. A window of all the room makes it plain LRU. After Einziger, Friedman and Manes, "TinyLFU: A Highly Efficient Cache
/// Admission Policy" (ACM Transactions on Storage 13, 2017).
///
/// It knows entries by their slots and keys by their hashes alone, and is deterministic.
struct WindowTinyLFU {
  private enum Segment: UInt8 {
    case window
    case probation
    case protected
  }

  /// From this frequency on, a candidate is popular: it wins a draw as the more recent one, and one less popular than its rival is still
  /// admitted once in a while, as otherwise someone who makes hash collisions with the rivals could keep everything new out. Below,
  /// a draw goes to what is there: keys asked for in turns, more than there is room for, would else push out one another.
  private static let popularFrequency = 6
  /// How many entries change lists in one operation at most, so that a new window size costs no operation more than another.
  private static let maximumMoveCount = 4

  let maximumCount: Int
  /// How many entries the window may hold; what is too much leaves it in steps.
  var maximumWindowCount: Int
  private var links = SlotLinks()
  private var segments: [Segment] = []
  private var hashes: [UInt32] = []
  private var window = SlotList()
  private var probation = SlotList()
  private var protected = SlotList()
  private var lottery: UInt64 = 0x2545_F491_4F6C_DD1D

  /// - Parameters:
  ///   - maximumCount: how many entries may stay, at least one.
  ///   - maximumWindowCount: how many of them in the window, at least one.
  init(maximumCount: Int, maximumWindowCount: Int) {
    self.maximumCount = maximumCount
    self.maximumWindowCount = maximumWindowCount
  }

  var count: Int { window.count + probation.count + protected.count }

  private var maximumProtectedCount: Int { (maximumCount - maximumWindowCount) * 4 / 5 }

  /// The hash that the slot was inserted with last.
  func hash(of slot: Int32) -> UInt32 { hashes[Int(slot)] }

  /// Takes note of a request that found the entry in `slot`.
  ///
  /// While the window has room, because it was made larger, what is hit in the main space moves into it: only the main space shrinks
  /// then, and would lose its best entries too.
  mutating func recordHit(_ slot: Int32) {
    if window.count < maximumWindowCount {
      remove(slot)
      links.append(slot, to: &window)
      segments[Int(slot)] = .window
      return
    }
    switch segments[Int(slot)] {
    case .window: links.moveToEnd(slot, of: &window)
    case .protected: links.moveToEnd(slot, of: &protected)
    case .probation:
      links.remove(slot, from: &probation)
      links.append(slot, to: &protected)
      segments[Int(slot)] = .protected
      demoteExcessProtected()
    }
  }

  /// Adds an entry. A new slot is the number of those used so far, or one that was removed or evicted.
  ///
  /// - Parameter sketch: knows how often keys are requested, this one included.
  /// - Returns: the slot whose entry is evicted for it, no longer the policy's; it can be the new one.
  mutating func insert(_ slot: Int32, hash: UInt32, sketch: FrequencySketch) -> Int32? {
    if Int(slot) == hashes.count {
      hashes.append(hash)
      segments.append(.window)
    } else {
      hashes[Int(slot)] = hash
      segments[Int(slot)] = .window
    }
    links.append(slot, to: &window)
    let candidate = moveExcessWindowToProbation()
    demoteExcessProtected()
    return count > maximumCount ? evict(candidate: candidate, sketch: sketch) : nil
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
    for _ in 0..<Self.maximumMoveCount {
      guard window.count > maximumWindowCount, let slot = window.first else { break }
      links.remove(slot, from: &window)
      links.append(slot, to: &probation)
      segments[Int(slot)] = .probation
      moved = slot
    }
    return moved
  }

  private mutating func demoteExcessProtected() {
    for _ in 0..<Self.maximumMoveCount {
      guard protected.count > maximumProtectedCount, let slot = protected.first else { break }
      links.remove(slot, from: &protected)
      links.append(slot, to: &probation)
      segments[Int(slot)] = .probation
    }
  }

  private mutating func evict(candidate: Int32?, sketch: FrequencySketch) -> Int32? {
    let rival = probation.first == candidate ? protected.first : probation.first ?? protected.first
    let loser: Int32?
    if let candidate, let rival {
      loser = admits(candidate, insteadOf: rival, sketch) ? rival : candidate
    } else {
      loser = candidate ?? rival ?? window.first
    }
    guard let loser else { return nil }
    remove(loser)
    return loser
  }

  private mutating func admits(_ candidate: Int32, insteadOf rival: Int32, _ sketch: FrequencySketch) -> Bool {
    let candidateFrequency = sketch.frequency(ofHash: hashes[Int(candidate)])
    let rivalFrequency = sketch.frequency(ofHash: hashes[Int(rival)])
    if candidateFrequency > rivalFrequency { return true }
    guard candidateFrequency >= Self.popularFrequency else { return false }
    if candidateFrequency == rivalFrequency { return true }
    lottery = lottery &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return lottery >> 57 == 0
  }
}
