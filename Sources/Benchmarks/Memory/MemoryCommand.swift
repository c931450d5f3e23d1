internal import ArgumentParser
internal import CoalescingCache

struct MemoryCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "memory",
    abstract: "Fill the worker's cache with users and print how much memory the process has.",
    discussion: """
      Prints a line for each number of users: the resident memory of the whole process once they are in the cache, and what a user adds. \
      Smaller numbers come first, as memory that was in use before counts for the next.
      """
  )

  @Option(help: ArgumentHelp("Users, and how many destinations each has, as 10000x50; may be repeated.", valueName: "n x n"))
  var fill: [Fill] = [Fill(userCount: 10_000, destinationCount: 50), Fill(userCount: 1_000_000, destinationCount: 20)]

  @Option(help: ArgumentHelp("How many different destinations there are.", valueName: "n"))
  var destinations = 5000

  func validate() throws {
    guard destinations > 0 else { throw ValidationError("--destinations must be positive.") }
  }

  func run() async throws {
    var table = Table(["users", "destinations each", "resident MB", "bytes a user"])
    for fill in fill.sorted(by: { $0.userCount < $1.userCount }) {
      let bench = try MemoryBench()
      let before = try ResidentMemory.byteCount()
      let cache = await bench.fill(fill, distinctCount: destinations)
      let after = try ResidentMemory.byteCount()
      // The cache must be alive until here.
      let entryCount = await cache.entryCount
      bench.shutDown()
      table.append([
        "\(entryCount)", "\(fill.destinationCount)", Table.decimal(Double(after) / 1e6),
        "\((after - before) / entryCount)",
      ])
    }
    print(table.text)
  }
}

/// What a cache is filled with.
struct Fill: ExpressibleByArgument, Sendable {
  let userCount: Int
  let destinationCount: Int

  init(userCount: Int, destinationCount: Int) {
    self.userCount = userCount
    self.destinationCount = destinationCount
  }

  init?(argument: String) {
    let parts = argument.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let userCount = parts[0], let destinationCount = parts[1], userCount > 0, destinationCount >= 0 else {
      return nil
    }
    self.init(userCount: userCount, destinationCount: destinationCount)
  }

  var defaultValueDescription: String { "\(userCount)x\(destinationCount)" }
}
