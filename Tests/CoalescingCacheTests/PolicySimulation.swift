@testable import CoalescingCache

struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  /// SplitMix64.
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}

/// Something to send a trace of requests to.
protocol CacheSimulation {
  /// - Returns: whether it was a hit.
  @discardableResult mutating func request(_ key: UInt32) -> Bool
}

extension CacheSimulation {
  /// New keys all the time, each wanted again within the next 150 requests or so and then never more.
  @discardableResult
  mutating func requestRecencyHeavy(count: Int, from start: Int = 0, using random: inout SeededGenerator) -> Int {
    (start..<start + count).count { position in
      request(UInt32(position / 4) + 1_000_000 - UInt32.random(in: 0..<150, using: &random))
    }
  }

  /// A few keys much more popular than many others, forever.
  @discardableResult
  mutating func requestFrequencyHeavy(count: Int, using random: inout SeededGenerator) -> Int {
    (0..<count).count { _ in
      let uniform = Double.random(in: 0..<1, using: &random)
      return request(UInt32(uniform * uniform * uniform * 5000))
    }
  }
}

/// The policy under a trace, with hashes that are the same in every run.
struct PolicySimulation: CacheSimulation {
  private var policy: AdaptivePolicy
  private var slots: [UInt32: Int32] = [:]
  private var keys: [UInt32] = []
  private var vacantSlots: [Int32] = []

  init(maximumCount: Int) {
    policy = AdaptivePolicy(maximumCount: maximumCount)
  }

  var maximumWindowCount: Int { policy.maximumWindowCount }

  @discardableResult
  mutating func request(_ key: UInt32) -> Bool {
    var mixer = SeededGenerator(state: UInt64(key))
    let hash = UInt32(truncatingIfNeeded: mixer.next())
    if let slot = slots[key] {
      policy.recordHit(slot, hash: hash)
      return true
    }
    policy.recordMiss(hash: hash)
    let slot = vacantSlots.popLast() ?? Int32(keys.count)
    if Int(slot) == keys.count { keys.append(key) } else { keys[Int(slot)] = key }
    slots[key] = slot
    if let evictedSlot = policy.insert(slot, hash: hash) {
      slots[keys[Int(evictedSlot)]] = nil
      vacantSlots.append(evictedSlot)
    }
    return false
  }
}

struct LRUSimulation: CacheSimulation {
  let maximumCount: Int
  private var slots: [UInt32: Int32] = [:]
  private var keys: [UInt32] = []
  private var links = SlotLinks()
  private var order = SlotList()

  init(maximumCount: Int) {
    self.maximumCount = maximumCount
  }

  @discardableResult
  mutating func request(_ key: UInt32) -> Bool {
    if let slot = slots[key] {
      links.moveToEnd(slot, of: &order)
      return true
    }
    if order.count == maximumCount, let slot = order.first {
      slots[keys[Int(slot)]] = nil
      links.moveToEnd(slot, of: &order)
      keys[Int(slot)] = key
      slots[key] = slot
    } else {
      let slot = Int32(keys.count)
      keys.append(key)
      links.append(slot, to: &order)
      slots[key] = slot
    }
    return false
  }
}
