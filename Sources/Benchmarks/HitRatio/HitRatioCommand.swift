internal import ArgumentParser

struct HitRatioCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hit-ratio",
    abstract: "Replay access traces through the worker's cache and print the share of requests that it answers.",
    discussion: """
      A trace is a text with one key a line, plain or compressed by gzip; blank lines count for nothing. Prints a line for each trace: \
      its file, the capacity and the ratio in per cent.

      The cache is the worker's own, which begins empty; nothing expires. Its hashes are seeded anew in every process, so a ratio may \
      differ by a few hundredths from one run to the next.

      Exit status: 0, or 1 when a trace could not be read; the others are printed all the same.
      """
  )

  @Option(help: ArgumentHelp("How many entries the cache may hold.", valueName: "n"))
  var capacity: Int

  @Flag(help: "Print beside it, as \"lru RATIO optimum RATIO\", what the least recently used and the clairvoyant policy reach.")
  var compare = false

  @Argument(help: ArgumentHelp("The traces.", valueName: "file"))
  var files: [String]

  func validate() throws {
    guard (1...CacheReplay.maximumCapacity).contains(capacity) else {
      throw ValidationError("--capacity must be from 1 to \(CacheReplay.maximumCapacity).")
    }
  }

  func run() async throws {
    let replay = try CacheReplay()
    defer { replay.shutDown() }
    var isEveryTraceRead = true
    for file in files {
      do throws(TraceError) {
        print(await line(for: file, try Trace(readingFile: file), replay))
      } catch {
        StandardError.print("\(file): \(error.message)")
        isEveryTraceRead = false
      }
    }
    guard isEveryTraceRead else { throw ExitCode.failure }
  }

  private func line(for file: String, _ trace: Trace, _ replay: CacheReplay) async -> String {
    func ratio(_ hitCount: Int) -> String { Percentage.text(hitCount, of: trace.requests.count) }
    var line = "\(file) \(capacity) \(ratio(await replay.hitCount(of: trace, capacity: capacity)))"
    if compare {
      line += " lru \(ratio(LeastRecentlyUsed.hitCount(of: trace, capacity: capacity)))"
      line += " optimum \(ratio(ClairvoyantOptimum.hitCount(of: trace, capacity: capacity)))"
    }
    return line
  }
}
