import Authorization
import CoalescingCache
import StrictJSON
import Testing

@testable import Benchmarks

@Suite("Benchmarks of the cache, in short")
struct CacheBenchmarkTests {
  @Test("Every lookup that is measured hits, with no more entries than the bound and with many", arguments: [1, 100, 3000])
  func lookups(entryCount: Int) async throws {
    let bench = try LookupBench()
    defer { bench.shutDown() }
    let result = await bench.measure(entryCount: entryCount, lookupCount: 2000, runCount: 2)
    #expect(result.isEveryLookupHit)
    #expect(result.cacheTime > 0 && result.dictionaryTime > 0)
  }

  @Test("An allocation counts")
  func allocationsAreCounted() {
    var measurement = Measurement(operationCount: 10)
    measurement.begin()
    let arrays = (0..<10).map { [UInt8](repeating: 1, count: $0 + 1000) }
    measurement.end()
    #expect(arrays.count == 10)
    #expect(measurement.allocationCount >= 1 || !Measurement.countsAllocations)
  }

  @Test(
    "A fill is written as users x destinations",
    arguments: [("10x5", true), ("10", false), ("0x5", false), ("1x2x3", false), ("ax1", false)]
  )
  func fillArgument(argument: String, isFill: Bool) {
    #expect((Fill(argument: argument) != nil) == isFill)
  }

  @Test("The memory benchmark's cache holds every user, who has as many destinations as asked for")
  func memory() async throws {
    let bench = try MemoryBench()
    defer { bench.shutDown() }
    let cache = await bench.fill(Fill(userCount: 100, destinationCount: 50), distinctCount: 500)
    let lookup = try await cache.value(forKey: "user-99@example.int") { _ throws(FetchFailure) in
      throw FetchFailure(outcome: .unreachable, message: "a miss")
    }
    #expect(await cache.entryCount == 100)
    #expect(try lookup.result.get().destinations.count == 50)
    #expect(try ResidentMemory.byteCount() > 1_000_000)
  }
}
