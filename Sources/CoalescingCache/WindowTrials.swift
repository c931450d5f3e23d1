/// Finds the window size that serves the present requests best: miniature caches, one for each size, try them all at once.
///
/// A cache of a hundredth of the entries that hears of a hundredth of the keys, chosen by their hashes, hits about as often as the whole one
/// (Waldspurger et al., "Cache Modeling and Optimization using Miniature Simulations", USENIX ATC 2017; for W-TinyLFU: Einziger,
/// Eytan, Friedman and Manes, "Adaptive Software Cache Management", Middleware 2018). Unlike a climber that varies the size of the cache
/// itself and watches what becomes of it, the trials neither get stuck where a size between two good ones is bad, nor make requests pay
/// for an attempt. One of them is plain LRU, which the cache therefore does not fall behind for long.
///
/// Hits count for less the longer ago they were; the change to another size needs a lead, so that chance alone moves nothing.
/// The trials hold no values and know no time to live. A request outside the sample costs a comparison.
struct WindowTrials {
  /// The window sizes, in per cent of the room; the first is where the cache begins. The last is LRU.
  private static let windowPercentages = [1, 20, 60, 100]
  /// A trial holds no more entries than this, and at least half of it in a large cache: enough for the order of the trials to show.
  private static let maximumTrialCount = 511
  /// A smaller cache samples half of the keys, for a hit to stay cheap, unless that leaves fewer entries than this.
  private static let minimumTrialCount = 32
  /// After a round, what a trial has to its credit counts this much less: hits are remembered for about ten rounds.
  private static let fading = 0.9
  /// By which factor a trial must lead for the cache to follow it.
  private static let lead = 1.01

  /// The largest window for each trial's size, in the cache itself.
  private let windowCounts: [Int]
  /// Keys whose hashes are below this are in the sample.
  private let hashLimit: UInt64
  private let requestsPerRound: Int
  private var trials: [WindowTrial]
  private var choice = 0
  private var requestsOfRound = 0

  /// - Parameter maximumCount: how many entries the cache itself may hold, at least one.
  init(maximumCount: Int) {
    var shift = maximumCount / 2 >= Self.minimumTrialCount ? 1 : 0
    while maximumCount >> shift > Self.maximumTrialCount { shift += 1 }
    let trialCount = maximumCount >> shift
    hashLimit = 1 << (UInt32.bitWidth - shift)
    requestsPerRound = trialCount
    windowCounts = Self.windowPercentages.map { max(1, maximumCount * $0 / 100) }
    trials = Self.windowPercentages.map {
      WindowTrial(maximumCount: trialCount, maximumWindowCount: max(1, trialCount * $0 / 100))
    }
  }

  /// How many entries the cache's window should hold at most.
  var maximumWindowCount: Int { windowCounts[choice] }

  /// Whether the requests for a key are in the sample.
  func includes(hash: UInt32) -> Bool { hash < hashLimit }

  /// Takes note of a request in the sample, whatever became of it in the cache itself.
  ///
  /// - Parameter sketch: knows how often keys are requested, this one included.
  mutating func record(hash: UInt32, sketch: FrequencySketch) {
    for trial in trials.indices {
      trials[trial].record(hash: hash, sketch: sketch)
    }
    requestsOfRound += 1
    if requestsOfRound >= requestsPerRound { endRound() }
  }

  private mutating func endRound() {
    requestsOfRound = 0
    var best = choice
    for trial in trials.indices where trials[trial].credit > trials[best].credit { best = trial }
    if trials[best].credit > trials[choice].credit * Self.lead { choice = best }
    for trial in trials.indices { trials[trial].credit *= Self.fading }
  }
}

/// A cache that holds nothing, to see what would hit.
private struct WindowTrial {
  /// How many requests have hit, less what has faded.
  var credit = 0.0
  private var policy: WindowTinyLFU
  /// The keys, by hash: different keys with the same hash pass for one.
  private var index = SlotIndex()
  private var slotCount: Int32 = 0
  private var evictedSlot: Int32?

  init(maximumCount: Int, maximumWindowCount: Int) {
    policy = WindowTinyLFU(maximumCount: maximumCount, maximumWindowCount: maximumWindowCount)
  }

  mutating func record(hash: UInt32, sketch: FrequencySketch) {
    if let slot = index.slot(hash: hash, where: { _ in true }) {
      policy.recordHit(slot)
      credit += 1
      return
    }
    // Once the trial is full, each new key is followed by an eviction.
    let slot = evictedSlot ?? slotCount
    if evictedSlot == nil { slotCount += 1 }
    index.insert(slot, hash: hash)
    evictedSlot = policy.insert(slot, hash: hash, sketch: sketch)
    if let evictedSlot { index.remove(evictedSlot, hash: policy.hash(of: evictedSlot)) }
  }
}
