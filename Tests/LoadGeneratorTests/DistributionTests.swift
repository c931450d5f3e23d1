import Glibc
import Testing

@testable import LoadGenerator

@Suite("Users and mix")
struct DistributionTests {
  /// How often each of `count` ranks comes up in `draws` requests.
  private func frequencies(_ distribution: ZipfDistribution, count: Int, draws: Int) -> [Double] {
    var counts = [Int](repeating: 0, count: count)
    for number in 0..<draws {
      var generator = SeededGenerator(seed: 42, requestNumber: number)
      counts[distribution.rank(using: &generator) - 1] += 1
    }
    return counts.map { Double($0) / Double(draws) }
  }

  @Test("ranks come up as Zipf's law has it", arguments: [0.3, 0.99, 1.0, 1.5, 3.0])
  func zipf(exponent: Double) {
    let count = 20
    let draws = 100_000
    let weights = (1...count).map { pow(Double($0), -exponent) }
    let total = weights.reduce(0, +)
    let actual = frequencies(ZipfDistribution(count: count, exponent: exponent), count: count, draws: draws)
    for (weight, frequency) in zip(weights, actual) {
      let expected = weight / total
      // Five standard deviations.
      #expect(abs(frequency - expected) < 5 * (expected * (1 - expected) / Double(draws)).squareRoot() + 1e-6)
    }
  }

  @Test("the head of a million ranks has its exact share")
  func zipfOfManyRanks() {
    let count = 1_000_000
    let harmonic = (1...count).reversed().reduce(0.0) { $0 + 1 / Double($1) }
    let distribution = ZipfDistribution(count: count, exponent: 1)
    let draws = 50_000
    var firsts = 0
    var largest = 0
    for number in 0..<draws {
      var generator = SeededGenerator(seed: 1, requestNumber: number)
      let rank = distribution.rank(using: &generator)
      if rank == 1 { firsts += 1 }
      largest = max(largest, rank)
    }
    let expected = 1 / harmonic
    #expect(abs(Double(firsts) / Double(draws) - expected) < 5 * (expected / Double(draws)).squareRoot())
    #expect(largest <= count)
    #expect(largest > count / 10)
  }

  @Test("one rank is always the first")
  func zipfOfOne() {
    #expect(frequencies(ZipfDistribution(count: 1, exponent: 1.2), count: 1, draws: 100) == [1])
  }

  @Test("users come up alike, all of them and no other")
  func uniform() {
    let picker = UserPicker(prefix: "u", count: 10, distribution: .uniform)
    var counts: [String: Int] = [:]
    for number in 0..<10_000 {
      var generator = SeededGenerator(seed: 3, requestNumber: number)
      counts[picker.pick(using: &generator), default: 0] += 1
    }
    #expect(Set(counts.keys) == Set((0..<10).map { "u\($0)" }))
    #expect(counts.values.allSatisfy { abs($0 - 1000) < 150 })
  }

  @Test("under Zipf's law the first user is the most frequent")
  func zipfUsers() {
    let picker = UserPicker(prefix: "u", count: 5, distribution: .zipf(exponent: 2))
    var counts: [String: Int] = [:]
    for number in 0..<1000 {
      var generator = SeededGenerator(seed: 3, requestNumber: number)
      counts[picker.pick(using: &generator), default: 0] += 1
    }
    #expect(counts.max { $0.value < $1.value }?.key == "u0")
  }

  @Test("a whole number stays below its bound, and a fraction below 1", arguments: [1, 2, 3, 1000])
  func bounds(bound: Int) {
    var generator = SeededGenerator(seed: 0, requestNumber: bound)
    for _ in 0..<1000 {
      #expect((0..<bound).contains(generator.next(below: bound)))
      #expect((0..<1).contains(generator.nextFraction()))
    }
  }

  @Test("a mix is read from its weights; what is left out has none")
  func readsMix() {
    #expect(RequestMix("allowed=80,denied=15,missing-key=5") == RequestMix.standard)
    #expect(RequestMix("denied=1") == RequestMix(allowed: 0, denied: 1, missingKey: 0))
  }

  @Test(
    "anything else is no mix",
    arguments: [
      "", "allowed", "allowed=", "allowed=x", "allowed=-1", "allowed=1,allowed=2", "permitted=1", "allowed=0", "allowed=1,",
      "allowed=1.5", "allowed=1000001", "allowed=1=2", "allowed = 1",
    ]
  )
  func refusesMix(text: String) {
    #expect(RequestMix(text) == nil)
  }
}
