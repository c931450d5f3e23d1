import ArgumentParser
import Testing

@testable import Benchmarks

@Suite("Benchmark of reading and writing, in short")
struct CodecBenchmarkTests {
  @Test("The worker's codec and Foundation's read and write the same")
  func sameWork() throws {
    #expect(try CodecBench.readRequest() == 5 + 2)
    #expect(try CodecBench.readRequestWithFoundation() == 5 + 2)
    #expect(try CodecBench.writeReply() == CodecBench.writeReplyWithFoundation())
    #expect(try CodecBench.readAnswer() == 2000)
    #expect(try CodecBench.readAnswerWithFoundation() == 2000)
  }

  @Test(
    "The subcommands run in short forms",
    arguments: [
      ["codec", "--operations", "10", "--runs", "2"], ["cache", "--entries", "10", "--lookups", "10", "--runs", "1"],
      ["memory", "--fill", "10x5"],
    ]
  )
  func commands(arguments: [String]) async throws {
    var command = try BenchmarkCommand.parseAsRoot(arguments)
    if var command = command as? any AsyncParsableCommand {
      try await command.run()
    } else {
      try command.run()
    }
  }
}
