public import ArgumentParser
import ECPDSSimulatorData
import Foundation
public import LoadGenerator

/// How much `load` sends, and how fast.
struct LoadPaceOptions: ParsableArguments {
  @Option(help: "How many requests to send; 10,000 by default, where --duration is not given.")
  var count: Int?

  @Option(help: ArgumentHelp("For how long to send.", valueName: "seconds"))
  var duration: Double?

  @Option(help: "A closed loop with so many requests under way; 200 by default, where --rate is not given.")
  var window: Int?

  @Option(help: ArgumentHelp("An open loop with so many requests a second.", valueName: "number"))
  var rate: Double?

  @Option(help: "No more requests than this are under way in an open loop; what is held back counts in the latencies.")
  var maxOutstanding = 100_000

  func validate() throws {
    guard count == nil || duration == nil else { throw ValidationError("--count and --duration exclude one another.") }
    guard window == nil || rate == nil else { throw ValidationError("--window and --rate exclude one another.") }
    guard (1...1_000_000_000).contains(count ?? 1) else { throw ValidationError("--count must be from 1 to 1000000000.") }
    guard (1...1_000_000).contains(window ?? 1), (1...1_000_000).contains(maxOutstanding) else {
      throw ValidationError("--window and --max-outstanding must be from 1 to 1000000.")
    }
    guard (0.001...1_000_000).contains(duration ?? 1), (0.001...1_000_000).contains(rate ?? 1) else {
      throw ValidationError("--duration and --rate must be from 0.001 to 1000000.")
    }
  }

  var pace: LoadPace {
    rate.map { .rate(perSecond: $0, maximumOutstanding: maxOutstanding) } ?? .window(window ?? 200)
  }

  var extent: LoadExtent {
    duration.map { .duration(.seconds($0)) } ?? .count(count ?? 10_000)
  }
}

/// What `load` asks.
struct LoadQuestionOptions: ParsableArguments {
  enum Distribution: String, CaseIterable, ExpressibleByArgument {
    case uniform
    case zipf
  }

  @Option(help: ArgumentHelp("The one user that every request is for.", valueName: "name"))
  var user: String?

  @Option(help: "How many users the requests are for: PREFIX0, PREFIX1, … unless --user is given.")
  var users = 1000

  @Option(help: ArgumentHelp("What the names of these users begin with.", valueName: "prefix"))
  var userPrefix = "user-"

  @Option(help: "How often each of them comes up: all alike, or by Zipf's law.")
  var distribution = Distribution.uniform

  @Option(help: "The exponent of Zipf's law.")
  var zipfExponent = 1.0

  @Option(help: ArgumentHelp("The destination that every request names, without --verify.", valueName: "name"))
  var destination = "CIP"

  @Option(
    help: ArgumentHelp(
      "The simulators' data file: requests are made from it, and every answer is compared with it.",
      valueName: "file"
    )
  )
  var verify: String?

  @Option(
    help: "With --verify: the weights of requests that are to be allowed, denied, and without the key that names a destination."
  )
  var mix = RequestMix(allowed: 80, denied: 15, missingKey: 5)!

  @Option(help: "Where the random choices begin; the same seed asks the same questions.")
  var seed: UInt64?

  func validate() throws {
    guard (1...100_000_000).contains(users) else { throw ValidationError("--users must be from 1 to 100000000.") }
    guard (0.01...100).contains(zipfExponent) else { throw ValidationError("--zipf-exponent must be from 0.01 to 100.") }
  }

  func questions(matchKey: String) throws -> QuestionBook {
    let seed = seed ?? UInt64.random(in: 0...UInt64(UInt32.max))
    guard let verify else { return QuestionBook(users: picker, destination: destination, matchKey: matchKey, seed: seed) }
    do {
      let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: verify)))
      return try QuestionBook(
        users: picker,
        destinations: DestinationBook(SimulatorDataReader.read(bytes)),
        mix: mix,
        matchKey: matchKey,
        seed: seed
      )
    } catch {
      throw ValidationError("--verify \(verify): \(error)")
    }
  }

  private var picker: UserPicker {
    if let user { return UserPicker(user: user) }
    return UserPicker(
      prefix: userPrefix,
      count: users,
      distribution: distribution == .uniform ? .uniform : .zipf(exponent: zipfExponent)
    )
  }
}

extension RequestMix: ExpressibleByArgument {
  public init?(argument: String) { self.init(argument) }
}
