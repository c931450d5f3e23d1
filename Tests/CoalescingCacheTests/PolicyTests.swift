import Testing

@testable import CoalescingCache

@Suite("Bound and admission")
struct PolicyTests {
  @Test(
    "The bound holds and no value is wrong or expired after each of many random operations",
    arguments: [1, 2, 3, 10, 64, 257]
  )
  func randomOperations(maximumCount: Int) {
    var random = SeededGenerator(state: UInt64(maximumCount))
    var store = EntryStore<Int, Int>(timeToLive: .seconds(50), maximumCount: maximumCount)
    var model: [Int: (value: Int, expiration: Duration)] = [:]
    var now = Duration.zero
    for step in 0..<20_000 {
      let key = Int.random(in: 0..<maximumCount * 3, using: &random)
      switch Int.random(in: 0..<20, using: &random) {
      case 0:
        now += .seconds(Int.random(in: 0..<5, using: &random))
      case 1:
        store.removeValue(forKey: key)
        model[key] = nil
      case 2 where step.isMultiple(of: 500):
        store.removeAll()
        model = [:]
      case 3..<10:
        store.insert(step, forKey: key, now: now)
        model[key] = (step, now + .seconds(50))
        let value = store.value(forKey: key, now: now)
        #expect(value == nil || value == step)
      default:
        if let value = store.value(forKey: key, now: now) {
          guard let expected = model[key], expected.value == value, expected.expiration > now else {
            Issue.record("key \(key) has the wrong or expired value \(value) at \(now)")
            return
          }
        }
      }
      let count = store.count(now: now)
      #expect(count <= maximumCount && count <= model.count)
    }
  }

  @Test("Below the bound nothing is lost")
  func keepsEverythingBelowBound() {
    var store = EntryStore<Int, Int>(timeToLive: .seconds(1), maximumCount: 1000)
    for key in 0..<1000 { store.insert(key, forKey: key, now: .zero) }
    let isEverythingThere = (0..<1000).allSatisfy { store.value(forKey: $0, now: .zero) == $0 }
    #expect(isEverythingThere)
  }

  @Test("A one-shot scan does not flush the working set")
  func resistsScan() {
    var simulation = PolicySimulation(maximumCount: 100)
    for _ in 0..<20 { for key in 0..<80 as Range<UInt32> { simulation.request(key) } }
    for key in 1000..<6000 as Range<UInt32> { simulation.request(key) }
    let survivors = (0..<80 as Range<UInt32>).count { simulation.request($0) }
    #expect(survivors >= 76)
  }

  @Test("The window widens to all the room for recency and narrows for frequency")
  func windowAdapts() {
    var random = SeededGenerator(state: 5)
    var simulation = PolicySimulation(maximumCount: 200)
    simulation.requestRecencyHeavy(count: 60_000, using: &random)
    #expect(simulation.maximumWindowCount == 200)
    simulation.requestFrequencyHeavy(count: 60_000, using: &random)
    #expect(simulation.maximumWindowCount <= 40)
  }

  @Test(
    "A recency-heavy trace is served within 1% of LRU, a frequency-heavy one clearly better, a loop where LRU hits nothing nearly as full"
  )
  func comparesWithLRU() {
    func hitCounts(_ trace: (inout any CacheSimulation, inout SeededGenerator) -> Int) -> (policy: Int, lru: Int) {
      var (random, twin) = (SeededGenerator(state: 1), SeededGenerator(state: 1))
      var policy: any CacheSimulation = PolicySimulation(maximumCount: 200)
      var lru: any CacheSimulation = LRUSimulation(maximumCount: 200)
      return (trace(&policy, &random), trace(&lru, &twin))
    }
    let recency = hitCounts { $0.requestRecencyHeavy(count: 50_000, using: &$1) }
    #expect(Double(recency.policy) >= 0.99 * Double(recency.lru))
    let frequency = hitCounts { $0.requestFrequencyHeavy(count: 50_000, using: &$1) }
    #expect(Double(frequency.policy) >= 1.1 * Double(frequency.lru))
    let loop = hitCounts { cache, _ in (0..<50_000).count { cache.request(UInt32($0 % 400)) } }
    #expect(loop.lru == 0)
    // Half of the keys fit.
    #expect(loop.policy >= 20_000)
  }

  @Test("When the requests turn from one kind to another, the policy is ahead of LRU in sum", arguments: [100, 300, 1000])
  func followsChanges(maximumCount: Int) {
    func hitCount(_ cache: inout some CacheSimulation) -> Int {
      var random = SeededGenerator(state: 3)
      return (0..<4).reduce(0) { hitCount, round in
        hitCount + cache.requestRecencyHeavy(count: 20_000, from: round * 20_000, using: &random)
          + cache.requestFrequencyHeavy(count: 20_000, using: &random)
          + (0..<20_000).count { cache.request(UInt32(2_000_000 + $0 % 1500)) }
      }
    }
    var (policy, lru) = (PolicySimulation(maximumCount: maximumCount), LRUSimulation(maximumCount: maximumCount))
    #expect(hitCount(&policy) > hitCount(&lru))
  }
}
