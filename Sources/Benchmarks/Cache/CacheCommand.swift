internal import ArgumentParser

struct CacheCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cache",
    abstract: "Measure a lookup that hits, beside the same in a Swift dictionary.",
    discussion: """
      The keys are user names, asked for in a random order in which all are equally likely, so that a large cache is seldom in the \
      processor's own: as slow as it gets. Prints a line for each number of entries: the time of a lookup in the worker's cache and in a \
      dictionary with the same keys and values, both the median of the runs, and their ratio; and how often a lookup asks for memory.
      """
  )

  @Option(help: ArgumentHelp("How many entries to measure with; may be repeated.", valueName: "n"))
  var entries: [Int] = [100, 10_000, 1_000_000]

  @Option(help: ArgumentHelp("Lookups in a run.", valueName: "n"))
  var lookups = 1_000_000

  @Option(help: ArgumentHelp("Runs, of which the median counts.", valueName: "n"))
  var runs = 9

  func validate() throws {
    guard entries.allSatisfy((1...CacheReplay.maximumCapacity).contains) else {
      throw ValidationError("--entries must be from 1 to \(CacheReplay.maximumCapacity).")
    }
    guard lookups > 0, runs > 0 else { throw ValidationError("--lookups and --runs must be positive.") }
  }

  func run() async throws {
    let bench = try LookupBench()
    defer { bench.shutDown() }
    var table = Table(["entries", "cache ns", "dictionary ns", "ratio", "allocations a lookup"])
    for entryCount in entries {
      let result = await bench.measure(entryCount: entryCount, lookupCount: lookups, runCount: runs)
      guard result.isEveryLookupHit else {
        StandardError.print("some of the lookups among \(entryCount) entries did not hit: the figures would mean nothing")
        throw ExitCode.failure
      }
      table.append([
        "\(entryCount)", Table.decimal(result.cacheTime), Table.decimal(result.dictionaryTime),
        Table.decimal(result.cacheTime / result.dictionaryTime, digits: 2), Table.decimal(result.allocations, digits: 2),
      ])
    }
    print(table.text)
  }
}
