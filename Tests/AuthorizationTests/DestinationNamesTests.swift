import StrictJSON
import Testing

@testable import Authorization

@Suite("Names of destinations, shared by all sets")
struct DestinationNamesTests {
  // Names that no other test uses: the table is the process's.
  private let names = (0..<200).map { ExactString("shared-name-\($0)") }

  @Test("A name is known while a set has it, under the same number in every set, and no longer")
  func lifetime() {
    var first: DestinationSet? = DestinationSet(names)
    var second: DestinationSet? = DestinationSet(names.reversed() + names)
    let number = DestinationNames.number(of: names[7])
    #expect(number.map(DestinationNames.name) == names[7])
    #expect(first == second && first?.hashValue == second?.hashValue)
    first = nil
    #expect(DestinationNames.number(of: names[7]) == number)
    #expect(second?.names == names.sorted())
    second = nil
    #expect(names.allSatisfy { DestinationNames.number(of: $0) == nil })
  }

  @Test("Names that come and go take no more room than those there at a time")
  func churn() {
    var numbers: Set<UInt32> = []
    for round in 0..<100 {
      let set = DestinationSet((0..<50).map { ExactString("passing-name-\(round)-\($0)") })
      numbers.formUnion(set.names.compactMap(DestinationNames.number))
    }
    // 5,000 names in all; other tests may take a number now and then.
    #expect(numbers.count < 1000)
  }

  @Test("Sets that are made and dropped on many threads at once leave nothing behind, and know their own names alone")
  func concurrency() async {
    await withTaskGroup { group in
      for task in 0..<8 {
        group.addTask {
          for round in 0..<200 {
            let own = (0..<20).map { ExactString("concurrent-\(($0 * 7 + task + round) % 40)") }
            let set = DestinationSet(own)
            #expect(set.names == own.sorted())
            #expect(own.allSatisfy(set.contains) && !set.contains("concurrent-none"))
          }
        }
      }
    }
    #expect((0..<40).allSatisfy { DestinationNames.number(of: ExactString("concurrent-\($0)")) == nil })
  }
}
