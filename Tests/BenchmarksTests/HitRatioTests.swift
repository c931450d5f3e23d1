import ArgumentParser
import Foundation
import StrictJSON
import Testing

@testable import Benchmarks

@Suite("Hit ratios of traces")
struct HitRatioTests {
  @Test("A key is a line: white space around it and blank lines count for nothing, whatever ends the lines")
  func readsKeys() throws {
    let trace = try Trace(Array("a\r\n\n  b c \na\n \t\né".utf8))
    #expect(trace.keys.map(\.string) == ["a", "b c", "é"])
    #expect(trace.requests == [0, 1, 0, 2])
  }

  @Test("What holds no key or is no text is refused, with the line", arguments: [("", "no key"), ("a\n\u{FF}", "line 2")])
  func refusesOtherFiles(latin1: String, reason: String) {
    let error = #expect(throws: TraceError.self) { try Trace(latin1.unicodeScalars.map { UInt8($0.value) }) }
    #expect(error?.message.contains(reason) == true)
  }

  @Test("A compressed trace is the same trace")
  func readsGzip() throws {
    try withTemporaryDirectory { directory in
      let plain = directory.appending(path: "trace.txt")
      try Data("1\n2\n1\n".utf8).write(to: plain)
      let gzip = Process()
      gzip.executableURL = URL(filePath: "/usr/bin/env")
      gzip.arguments = ["gzip", "--keep", plain.path]
      try gzip.run()
      gzip.waitUntilExit()
      #expect(try Trace(readingFile: plain.path + ".gz").requests == [0, 1, 0])
    }
  }

  @Test("A damaged compressed trace, a directory and no file at all are told apart")
  func refusesUnreadable() throws {
    try withTemporaryDirectory { directory in
      let damaged = directory.appending(path: "trace.gz")
      try Data([0x1F, 0x8B, 0x08, 0x00]).write(to: damaged)
      let messages = [damaged.path, directory.path, directory.path + "/none"].map { path in
        #expect(throws: TraceError.self) { try Trace(readingFile: path) }?.message
      }
      #expect(messages == ["cannot be decompressed by gzip", "is a directory", "no such file"])
    }
  }

  @Test("Least recently used and the optimum hit as counted by hand")
  func referencePolicies() throws {
    let trace = try Trace(Array("1 2 3 1 2 3 1 1 4 1".replacing(" ", with: "\n").utf8))
    #expect(LeastRecentlyUsed.hitCount(of: trace, capacity: 2) == 2)
    #expect(LeastRecentlyUsed.hitCount(of: trace, capacity: 3) == 6)
    #expect(ClairvoyantOptimum.hitCount(of: trace, capacity: 1) == 4)
    #expect(ClairvoyantOptimum.hitCount(of: trace, capacity: 2) == 5)
    #expect(ClairvoyantOptimum.hitCount(of: trace, capacity: 4) == 6)
  }

  @Test("With room for every key, the cache hits all but the first requests; with less, never more than the optimum")
  func cacheReplay() async throws {
    let keys = (0..<3000).map { "\($0 * $0 % 97)" }
    let trace = try Trace(Array(keys.joined(separator: "\n").utf8))
    let replay = try CacheReplay()
    defer { replay.shutDown() }
    #expect(await replay.hitCount(of: trace, capacity: 97) == 3000 - trace.keys.count)
    let hitCount = await replay.hitCount(of: trace, capacity: 10)
    #expect((1...ClairvoyantOptimum.hitCount(of: trace, capacity: 10)).contains(hitCount))
  }

  @Test(
    "A ratio has one decimal, rounded",
    arguments: [(1, 3, "33.3"), (2, 3, "66.7"), (0, 7, "0.0"), (7, 7, "100.0"), (1, 2000, "0.1")]
  )
  func percentage(part: Int, whole: Int, text: String) {
    #expect(Percentage.text(part, of: whole) == text)
  }

  @Test("A capacity that is no number of entries is a wrong use", arguments: ["0", "-1", "many", "4294967296"])
  func refusesCapacity(capacity: String) {
    let error = #expect(throws: (any Error).self) {
      try BenchmarkCommand.parseAsRoot(["hit-ratio", "--capacity=\(capacity)", "trace"])
    }
    #expect(error.map { BenchmarkCommand.exitCode(for: $0) } == .validationFailure)
  }

  private func withTemporaryDirectory(_ body: (URL) throws -> Void) throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
    defer { try? FileManager.default.removeItem(at: directory) }
    try body(directory)
  }
}
