internal import ArgumentParser

/// The benchmarks, each a subcommand in a folder of its own.
@main
struct BenchmarkCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "aviso-ecpds-benchmark",
    abstract: "Measures the worker's parts.",
    version: "0.1.0",
    subcommands: [HitRatioCommand.self, CacheCommand.self, MemoryCommand.self, CodecCommand.self]
  )
}
