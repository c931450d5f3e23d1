import Testing
import Trials

@Suite("Soak")
struct SoakTests {
  private func samples(_ residentKilobytes: [Int], openFiles: Int = 40, threads: Int = 9) -> [ProcessSample] {
    residentKilobytes.map { ProcessSample(residentBytes: $0 * 1024, openFiles: openFiles, threads: threads) }
  }

  @Test("memory that grows in the first third only is flat")
  func warmUp() throws {
    let flatness = try #require(Flatness(samples([10, 20, 30, 100, 101, 99, 100, 102, 101])))
    #expect(flatness.isFlat)
    #expect(flatness.measures[0].thirds == [20, 100, 101])
  }

  @Test("memory that goes on growing is not flat")
  func leak() throws {
    let flatness = try #require(Flatness(samples((1...30).map { 1000 + $0 * 10 })))
    #expect(flatness.measures.map(\.isFlat) == [false, true, true])
    #expect(!flatness.isFlat)
  }

  @Test("one more open file, or thread, in the last third is not flat")
  func descriptors() throws {
    let before = samples([100, 100, 100, 100, 100, 100])
    let files = try #require(Flatness(before + samples([100, 100, 100], openFiles: 41)))
    #expect(files.measures.map(\.isFlat) == [true, false, true])
    let threads = try #require(Flatness(before + samples([100, 100, 100], threads: 10)))
    #expect(threads.measures.map(\.isFlat) == [true, true, false])
  }

  @Test("a few samples say nothing")
  func tooFew() {
    #expect(Flatness(samples([1, 1, 1])) == nil)
  }
}
