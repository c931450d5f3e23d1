/// An estimate of how often each key was requested lately: a count-min sketch of four-bit counters that ages.
///
/// A key has four counters, one in each of four rows, all within one block of 64 bytes (a cache line). Its frequency is the least of
/// them, so that a collision can raise an estimate but never lower it. When the requests counted reach ten times the capacity, every counter
/// is halved: what was popular once fades. After Einziger, Friedman and Manes, "TinyLFU: A Highly Efficient Cache Admission Policy" (ACM
/// Transactions on Storage 13, 2017).
struct FrequencySketch {
  static let maximumFrequency = 15

  private static let rowCount = 4
  private static let wordsPerBlock = 8
  private static let requestsPerKeyUntilAging = 10
  private static let lowestBits: UInt64 = 0x1111_1111_1111_1111
  private static let lowestThreeBits: UInt64 = 0x7777_7777_7777_7777

  /// For how many keys the estimates are good.
  private(set) var capacity: Int
  private var words: [UInt64]
  private var countedRequests = 0

  init(capacity: Int) {
    self.capacity = capacity
    words = [UInt64](repeating: 0, count: Self.wordsPerBlock)
    grow(toCapacity: capacity)
  }

  /// The estimate, 0 to 15.
  func frequency(ofHash hash: UInt32) -> Int {
    var position = CounterPosition(hash: hash, wordCount: words.count)
    var frequency = Self.maximumFrequency
    for _ in 0..<Self.rowCount {
      frequency = min(frequency, Int(truncatingIfNeeded: words[position.word] >> position.shift & 0xF))
      position.advanceToNextRow()
    }
    return frequency
  }

  /// Counts a request for the key.
  mutating func increment(hash: UInt32) {
    var position = CounterPosition(hash: hash, wordCount: words.count)
    var isCounted = false
    for _ in 0..<Self.rowCount {
      let saturated: UInt64 = 0xF << position.shift
      if words[position.word] & saturated != saturated {
        words[position.word] += 1 << position.shift
        isCounted = true
      }
      position.advanceToNextRow()
    }
    guard isCounted else { return }
    countedRequests += 1
    if countedRequests >= Self.requestsPerKeyUntilAging * capacity { age() }
  }

  /// Makes the estimates good for more keys, and keeps them: a block that is split in two goes on as two copies.
  mutating func grow(toCapacity capacity: Int) {
    self.capacity = capacity
    while words.count < 2 * capacity {
      words += words
    }
  }

  private mutating func age() {
    var oddCounterCount = 0
    for index in words.indices {
      oddCounterCount += (words[index] & Self.lowestBits).nonzeroBitCount
      words[index] = words[index] >> 1 & Self.lowestThreeBits
    }
    countedRequests = max(0, countedRequests - oddCounterCount / Self.rowCount) / 2
  }

  /// Walks the counters of one key. A row of a block is two words of sixteen counters each.
  private struct CounterPosition {
    private var firstWordOfRow: Int
    private var choices: UInt64

    init(hash: UInt32, wordCount: Int) {
      // The block comes from the hash's low bits, so that doubling the sketch splits every block in two.
      firstWordOfRow = Int(hash) * FrequencySketch.wordsPerBlock & (wordCount - 1)
      choices = (UInt64(hash) &+ 1) &* 0x9E37_79B9_7F4A_7C15
      choices ^= choices >> 32
    }

    var word: Int { firstWordOfRow + Int(truncatingIfNeeded: choices & 1) }
    var shift: UInt64 { (choices >> 1 & 0xF) * 4 }

    mutating func advanceToNextRow() {
      firstWordOfRow += 2
      choices >>= 8
    }
  }
}
