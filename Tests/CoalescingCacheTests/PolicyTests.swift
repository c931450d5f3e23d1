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

  @Test("The window widens for recency and narrows for frequency")
  func windowAdapts() {
    var random = SeededGenerator(state: 5)
    var simulation = PolicySimulation(maximumCount: 200)
    simulation.requestRecencyHeavy(count: 60_000, using: &random)
    let wide = simulation.maximumWindowCount
    simulation.requestFrequencyHeavy(count: 200_000, using: &random)
    let narrow = simulation.maximumWindowCount
    #expect(wide >= 60)
    #expect(narrow <= 20)
  }

  @Test("Once adapted, a recency-heavy trace is served within 1% of LRU, a frequency-heavy one clearly better")
  func comparesWithLRU() {
    var (random, twin) = (SeededGenerator(state: 1), SeededGenerator(state: 1))
    var (policy, lru) = (PolicySimulation(maximumCount: 200), LRUSimulation(maximumCount: 200))
    policy.requestRecencyHeavy(count: 10_000, using: &random)
    lru.requestRecencyHeavy(count: 10_000, using: &twin)
    let recencyHits = policy.requestRecencyHeavy(count: 50_000, from: 10_000, using: &random)
    let recencyHitsOfLRU = lru.requestRecencyHeavy(count: 50_000, from: 10_000, using: &twin)
    #expect(Double(recencyHits) >= 0.99 * Double(recencyHitsOfLRU))

    policy.requestFrequencyHeavy(count: 10_000, using: &random)
    lru.requestFrequencyHeavy(count: 10_000, using: &twin)
    let frequencyHits = policy.requestFrequencyHeavy(count: 50_000, using: &random)
    let frequencyHitsOfLRU = lru.requestFrequencyHeavy(count: 50_000, using: &twin)
    #expect(Double(frequencyHits) >= 1.1 * Double(frequencyHitsOfLRU))
  }
}
