import ArgumentParser

struct ChaosCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chaos",
    abstract: "Verified load on a stack that a seeded schedule breaks and mends.",
    discussion: """
      Starts a private broker, two ECPDS simulators and three workers on loopback, with a network between them that can be cut. Kills \
      and freezes workers, stops and kills the broker, cuts the network, sets memory and disk alarms, and spoils what the simulators \
      answer, while `aviso-ecpds load` checks every answer. Exit status: 0 only if no request was lost, no answer was wrong, and \
      everything has recovered by itself.
      """
  )

  @Flag(help: "Under a minute and a half, with some of each fault, in place of minutes with many.")
  var short = false

  @Flag(help: "A cluster of three broker nodes, one of which at a time is stopped or killed.")
  var cluster = false

  @Option(help: "Repeats the schedule of an earlier run, which printed this number.")
  var seed: UInt64?

  func run() async throws {
    let profile: ChaosProfile =
      switch (cluster, short) {
      case (false, false): .long
      case (false, true): .short
      case (true, false): .cluster
      case (true, true): .shortCluster
      }
    let seed = seed ?? .random(in: 1...999_999)
    Trials.say("seed \(seed)")
    let isPassed = try await Trials.inDirectory(named: "chaos") { directory in
      let outcome = try await ChaosRun(profile, seed: seed, write: Trials.say).perform(in: directory)
      Trials.say("\n\(outcome.table)\n")
      for failure in outcome.failures { Trials.say("failed: \(failure)") }
      return outcome.failures.isEmpty
    }
    guard isPassed else {
      Trials.say("failed; repeat it with --seed \(seed)")
      throw ExitCode.failure
    }
    Trials.say("passed")
  }
}
