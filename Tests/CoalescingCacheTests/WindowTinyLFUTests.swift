import Testing

@testable import CoalescingCache

@Suite("W-TinyLFU with a given window")
struct WindowTinyLFUTests {
  @Test("What is hit while the window grows moves into it, and outlives what is not")
  func growingWindow() {
    let sketch = FrequencySketch(capacity: 64)
    var policy = WindowTinyLFU(maximumCount: 10, maximumWindowCount: 1)
    for slot in 0..<10 as Range<Int32> { _ = policy.insert(slot, hash: UInt32(slot), sketch: sketch) }
    let popular = 0..<5 as Range<Int32>
    for slot in popular { policy.recordHit(slot) }
    policy.maximumWindowCount = 10
    for slot in popular { policy.recordHit(slot) }
    var evicted: [UInt32] = []
    var slot: Int32? = 10
    for hash in 100..<105 as Range<UInt32> {
      guard let vacant = slot else { break }
      slot = policy.insert(vacant, hash: hash, sketch: sketch)
      if let slot { evicted.append(policy.hash(of: slot)) }
    }
    #expect(evicted == [5, 6, 7, 8, 9])
  }

  @Test("A candidate as frequent as its rival stays out unless both are popular", arguments: [(5, false), (6, true)])
  func draws(frequency: Int, isAdmitted: Bool) {
    var sketch = FrequencySketch(capacity: 64)
    for hash in 0..<2 as Range<UInt32> {
      for _ in 0..<frequency { sketch.increment(hash: hash) }
    }
    // Slot 0 leaves the window for slot 1, which leaves it for slot 2: then they compete.
    var policy = WindowTinyLFU(maximumCount: 2, maximumWindowCount: 1)
    let evicted = (0..<3 as Range<Int32>).map { policy.insert($0, hash: UInt32($0), sketch: sketch) }
    #expect(evicted == [nil, nil, isAdmitted ? 0 : 1])
  }

  @Test("A smaller window is reached in steps that no operation feels", arguments: [100, 10_000])
  func shrinkingWindow(maximumCount: Int) {
    let sketch = FrequencySketch(capacity: 64)
    var policy = WindowTinyLFU(maximumCount: maximumCount, maximumWindowCount: maximumCount)
    for slot in 0..<Int32(maximumCount) { _ = policy.insert(slot, hash: UInt32(slot), sketch: sketch) }
    policy.maximumWindowCount = 1
    // The fourth entry moved is the candidate; the first, oldest one of the window is its rival, and of equal frequency.
    #expect(policy.insert(Int32(maximumCount), hash: 1_000_000, sketch: sketch) == 3)
  }
}
