import Foundation
import FuzzOracles
import Testing

/// The inputs that the fuzzer starts from and those that found something, with the oracles that it has.
@Suite("Fuzzing corpus", .timeLimit(.minutes(5)))
struct CorpusTests {
  @Test("Every input that ever found something finds nothing", arguments: FuzzTarget.allCases)
  func corpus(_ target: FuzzTarget) throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let folder = root.appending(path: "Fuzzing/Corpus/\(target.rawValue)")
    let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
    #expect(!files.isEmpty)
    for file in files {
      do {
        try target.check(Array(Data(contentsOf: file)))
      } catch {
        Issue.record("\(file.lastPathComponent): \(error)")
      }
    }
  }
}
