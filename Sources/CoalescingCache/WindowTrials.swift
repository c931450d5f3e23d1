/// Finds the window size that serves the present requests best: miniature caches, one for each size, try them all at once.
///
/// A cache of a hundredth of the entries that hears of a hundredth of the keys, chosen by their hashes, hits about as often as the whole one
/// (Waldspurger et al., "Cache Modeling and Optimization using Miniature Simulations", USENIX ATC 2017; for W-TinyLFU: Einziger,
/// Eytan, Friedman and Manes, "Adaptive Software Cache Management", Middleware 2018). Unlike a climber that varies the size of the cache
/// itself and watches what becomes of it, the trials neither get stuck where a size between two good ones is bad, nor make requests pay
/// for an attempt. One of them is plain LRU, which the cache therefore does not fall behind for long.
///
/// Hits count for less the longer ago they were; the change to another size needs a lead, so that chance alone moves nothing.
/// The trials hold no values, know no time to live and cost most requests a comparison.
struct WindowTrials {
  /// The window sizes, in per cent of the room; the first is where the cache begins. The last is LRU.
  private static let windowPercentages = [1, 20, 60, 100]
  /// A trial holds no more entries than this, and at least half of it in a larger cache: enough for the order of the trials to show.
  private static let maximumTrialCount = 511
  /// After a round, what a trial has to its credit counts this much less: hits are remembered for about ten rounds.
  private static let fading = 0.9
  /// By which factor a trial must lead for the cache to follow it.
  private static let lead = 1.01

  /// The largest window for each trial's size, in the cache itself.
  private let windowCounts: [Int]
  /// Keys whose hashes are below this are in the sample.
  private let hashLimit: UInt64
  private let requestsPerRound: Int
  private var trials: [WindowTinyLFU]
  private var credits: [Double]
  private var choice = 0
  private var requestsOfRound = 0
  /// The sampled keys, by hash: different keys with the same hash pass for one.
  private var index = SlotIndex()
  private var vacantSlots: [Int32] = []
  /// How many trials hold the entry in each slot.
  private var holderCounts: [Int] = []

  /// - Parameter maximumCount: how many entries the cache itself may hold, at least one.
  init(maximumCount: Int) {
    var shift = 0
    while maximumCount >> shift > Self.maximumTrialCount { shift += 1 }
    let trialCount = maximumCount >> shift
    hashLimit = 1 << (UInt32.bitWidth - shift)
    requestsPerRound = trialCount
    windowCounts = Self.windowPercentages.map { max(1, maximumCount * $0 / 100) }
    trials = Self.windowPercentages.map {
      WindowTinyLFU(maximumCount: trialCount, maximumWindowCount: max(1, trialCount * $0 / 100))
    }
    credits = Self.windowPercentages.map { _ in 0 }
  }

  /// How many entries the cache's window should hold at most.
  var maximumWindowCount: Int { windowCounts[choice] }

  /// Whether the requests for a key are in the sample.
  func includes(hash: UInt32) -> Bool { hash < hashLimit }

  /// Takes note of a request in the sample, whatever became of it in the cache itself.
  ///
  /// - Parameter sketch: knows how often keys are requested, this one included.
  mutating func record(hash: UInt32, sketch: FrequencySketch) {
    let slot = index.slot(hash: hash) { _ in true } ?? occupySlot(hash: hash)
    // Held by this operation too, or a trial that turns the key away would free the slot for the next one.
    holderCounts[Int(slot)] += 1
    for trial in trials.indices {
      if trials[trial].contains(slot) {
        trials[trial].recordHit(slot)
        credits[trial] += 1
      } else {
        holderCounts[Int(slot)] += 1
        if let evictedSlot = trials[trial].insert(slot, hash: hash, sketch: sketch) { release(evictedSlot) }
      }
    }
    release(slot)
    requestsOfRound += 1
    if requestsOfRound >= requestsPerRound { endRound() }
  }

  private mutating func occupySlot(hash: UInt32) -> Int32 {
    let slot = vacantSlots.popLast() ?? Int32(holderCounts.count)
    if Int(slot) == holderCounts.count { holderCounts.append(0) }
    index.insert(slot, hash: hash)
    return slot
  }

  private mutating func release(_ slot: Int32) {
    holderCounts[Int(slot)] -= 1
    guard holderCounts[Int(slot)] == 0 else { return }
    // Every trial has been told of every slot, and of its latest hash.
    index.remove(slot, hash: trials[0].hash(of: slot))
    vacantSlots.append(slot)
  }

  private mutating func endRound() {
    requestsOfRound = 0
    if let best = trials.indices.max(by: { credits[$0] < credits[$1] }), credits[best] > credits[choice] * Self.lead {
      choice = best
    }
    for trial in trials.indices { credits[trial] *= Self.fading }
  }
}
