import ArgumentParser

extension RPCBench.Scenario: ExpressibleByArgument {}

struct RPCCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rpc",
    abstract: "The worker's speed, beside that of a constant responder.",
    discussion: """
      Starts a private broker, two ECPDS simulators and one contestant after another on loopback: the worker, and a C program that \
      answers every request with a constant, on plain librabbitmq calls, its replies confirmed and its requests acknowledged after \
      that. Both take turns; the figures are medians. Every answer is checked. Exit status: 0 if every request was answered, whether or \
      not a target is met.
      """
  )

  @Option(name: .customLong("scenario"), help: "What to measure; may be repeated. (default: all)")
  var scenarios: [RPCBench.Scenario] = []

  @Option(help: "How often each contestant has its turn.")
  var rounds = 3

  @Option(help: "How many requests a round of `saturation` and `scale` has.")
  var count = 100_000

  @Option(help: "The worker's log level. At `info`, its default, it logs each decision.")
  var logLevel = "info"

  @Flag(help: "Some hundred requests of each, to see that it works.")
  var short = false

  func validate() throws {
    guard (1...1000).contains(rounds) else { throw ValidationError("--rounds must be between 1 and 1000.") }
    guard (1...100_000_000).contains(count) else { throw ValidationError("--count must be between 1 and 100000000.") }
  }

  func run() async throws {
    let extent = short ? .short : RPCBench.Extent(roundCount: rounds, requestCount: count)
    let bench = RPCBench(extent: extent, logLevel: logLevel)
    let isDone = try await Trials.inDirectory(named: "rpc") { directory in
      for scenario in scenarios.isEmpty ? RPCBench.Scenario.allCases : scenarios {
        Trials.say("\(scenario.rawValue)\n\(Finding.table(try await bench.run(scenario, in: directory)))\n")
      }
      return true
    }
    guard isDone else { throw ExitCode.failure }
  }
}
