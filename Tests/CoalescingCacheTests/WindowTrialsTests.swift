import Testing

@testable import CoalescingCache

@Suite("Trials of window sizes")
struct WindowTrialsTests {
  private static let room = 10_000

  @Test(
    "Half the keys are sampled, unless a trial would hold fewer than 32 entries, and fewer keys where it would hold more than 511",
    arguments: [(1, 0), (63, 0), (64, 1), (1023, 1), (1024, 2), (2047, 2), (2048, 3), (1_000_000, 11)]
  )
  func sample(maximumCount: Int, halvings: Int) {
    let trials = WindowTrials(maximumCount: maximumCount)
    let isLastIncluded = trials.includes(hash: UInt32.max >> halvings)
    let isNextIncluded = halvings > 0 && trials.includes(hash: (UInt32.max >> halvings) + 1)
    #expect(isLastIncluded && !isNextIncluded)
  }

  @Test(
    "The window begins with a hundredth of the room, and holds one entry at least",
    arguments: [(1, 1), (99, 1), (10_000, 100)]
  )
  func firstWindow(maximumCount: Int, windowCount: Int) {
    #expect(WindowTrials(maximumCount: maximumCount).maximumWindowCount == windowCount)
  }

  @Test("Keys that come back soon and then never more make it LRU; a loop larger than the room undoes that")
  func choosesBest() {
    var trials = WindowTrials(maximumCount: Self.room)
    var sketch = FrequencySketch(capacity: Self.room)
    func request(_ hashes: some Sequence<UInt32>) {
      for hash in hashes {
        sketch.increment(hash: hash)
        trials.record(hash: hash, sketch: sketch)
      }
    }
    // Each key is asked for twice, with 240 others in between: more than three fifths of a trial, which holds 312.
    request((0..<20_000 as Range<UInt32>).map { $0 / 2 + ($0.isMultiple(of: 2) ? 120 : 0) })
    #expect(trials.maximumWindowCount == Self.room)
    request((0..<40_000 as Range<UInt32>).map { 100_000 + $0 % 1000 })
    #expect(trials.maximumWindowCount == Self.room / 100)
  }

  @Test("Trials that hit equally often change nothing")
  func drawChangesNothing() {
    var trials = WindowTrials(maximumCount: Self.room)
    let sketch = FrequencySketch(capacity: Self.room)
    for hash in 0..<10_000 as Range<UInt32> { trials.record(hash: hash % 300, sketch: sketch) }
    #expect(trials.maximumWindowCount == Self.room / 100)
  }
}
