internal import ArgumentParser

struct CodecCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "codec",
    abstract: "Measure reading requests and ECPDS answers and writing replies, beside Foundation's JSON.",
    discussion: """
      Prints a line for each: the time and the allocations of the worker's own, which validates more, and of Foundation's JSONDecoder and \
      JSONEncoder for the same fields; times are medians of the runs.
      """
  )

  @Option(help: ArgumentHelp("Operations in a run.", valueName: "n"))
  var operations = 100_000

  @Option(help: ArgumentHelp("Runs, of which the median counts.", valueName: "n"))
  var runs = 9

  func validate() throws {
    guard operations > 0, runs > 0 else { throw ValidationError("--operations and --runs must be positive.") }
  }

  func run() throws {
    var table = Table(["", "ns", "allocations", "Foundation ns", "allocations", "ratio"])
    for (name, share, own, foundation) in [
      ("read a request", 1, CodecBench.readRequest, CodecBench.readRequestWithFoundation),
      ("write a reply", 1, CodecBench.writeReply, CodecBench.writeReplyWithFoundation),
      // Of these a thousandth: each is as long as a thousand of the others.
      ("read an answer of 2,000 records", 1000, CodecBench.readAnswer, CodecBench.readAnswerWithFoundation),
    ] {
      let count = max(1, operations / share)
      let (own, foundation) = try (measure(own, count), measure(foundation, count))
      table.append([
        name, Table.decimal(own.nanoseconds), Table.decimal(own.allocationCount), Table.decimal(foundation.nanoseconds),
        Table.decimal(foundation.allocationCount), Table.decimal(own.nanoseconds / foundation.nanoseconds, digits: 2),
      ])
    }
    print(table.text)
  }

  private func measure(_ operation: () throws -> Int, _ operationCount: Int) throws -> Measurement {
    var measurement = Measurement(operationCount: operationCount)
    for _ in 0..<runs {
      var byteCount = 0
      measurement.begin()
      for _ in 0..<operationCount { byteCount &+= try operation() }
      measurement.end()
      precondition(byteCount > 0)
    }
    return measurement
  }
}
