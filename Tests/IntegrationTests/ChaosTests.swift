import Foundation
import Testing
import Trials

/// The short form of `bash Tests/chaos`.
@Suite("Chaos", .timeLimit(.minutes(5)))
struct ChaosTests {
  @Test("while everything breaks and is mended, no request is lost, no answer is wrong, and all recovers by itself")
  func short() async throws {
    let seed = UInt64.random(in: 1...999_999)
    let directory = FileManager.default.temporaryDirectory.appending(path: "aviso-ecpds-chaos-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    let timeline = directory.appending(path: "timeline.txt")
    try Data("seed \(seed)\n".utf8).write(to: timeline)
    let file = try FileHandle(forWritingTo: timeline)
    try file.seekToEnd()
    let run = ChaosRun(.short, seed: seed) { line in try? file.write(contentsOf: Data((line + "\n").utf8)) }
    let failures: [String]
    do {
      failures = try await run.perform(in: directory).failures
    } catch {
      failures = ["\(error)"]
    }
    #expect(failures.isEmpty, "repeat it with: bash Tests/chaos --short --seed \(seed); timeline and logs: \(directory.path)")
    if failures.isEmpty { try FileManager.default.removeItem(at: directory) }
  }
}
