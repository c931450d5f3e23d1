public import ArgumentParser
import Authorization
import ECPDSSimulatorData
public import LoadGenerator
import ServiceConfiguration
import StrictJSON

/// How much `load` sends, and how fast.
struct LoadPaceOptions: ParsableArguments {
  @Option(help: ArgumentHelp("How many requests to send. (default: 10000, unless --duration is given)", valueName: "number"))
  var count: Int?

  @Option(help: ArgumentHelp("For how long to send requests, in place of --count.", valueName: "seconds"))
  var duration: Double?

  @Option(
    help: ArgumentHelp("Closed loop: how many requests are under way at a time. (default: 200)", valueName: "number")
  )
  var window: Int?

  @Option(
    help: ArgumentHelp(
      "Open loop: how many requests to send a second, at even intervals, whatever becomes of them.",
      valueName: "number"
    )
  )
  var rate: Double?

  @Option(
    help: ArgumentHelp(
      """
      With --rate: how many may be under way. What is due meanwhile is sent later, and its latency counts from when it was due.
      """,
      valueName: "number"
    )
  )
  var maxOutstanding = 10_000

  func validate() throws {
    guard count == nil || duration == nil else { throw ValidationError("--count and --duration exclude each other.") }
    guard window == nil || rate == nil else { throw ValidationError("--window and --rate exclude each other.") }
    guard (count ?? 1) > 0, (window ?? 1) > 0, maxOutstanding > 0 else {
      throw ValidationError("--count, --window and --max-outstanding must be at least 1.")
    }
    try ValidationError.check("--rate", rate, atMost: 1_000_000, unit: "a second")
    try ValidationError.check("--duration", duration, atMost: 604_800, unit: "seconds")
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
    case uniform, zipf
  }

  @Option(help: ArgumentHelp("The one user that every request is for.", valueName: "name"))
  var user: String?

  @Option(help: "How many users the requests are for: PREFIX0, PREFIX1, …")
  var users = 1000

  @Option(help: ArgumentHelp("What the names of these users begin with.", valueName: "prefix"))
  var userPrefix = "user-"

  @Option(help: "How often each user comes up: all alike, or the first most often, by Zipf's law.")
  var distribution = Distribution.uniform

  @Option(
    help: ArgumentHelp("With --distribution zipf: user k comes up in proportion to 1 / (k + 1)^exponent.", valueName: "exponent")
  )
  var zipfExponent = 1.0

  @Option(
    help: ArgumentHelp(
      "Makes the same requests again: the report has the seed that was used. (default: at random)",
      valueName: "number"
    )
  )
  var seed: UInt64?

  @Option(
    help: ArgumentHelp("The destination that every request names; the answers are not checked. (default: CIP)", valueName: "name")
  )
  var destination: String?

  @Option(
    help: ArgumentHelp(
      "Check every answer against the data file of the simulators, from which the destinations are taken too.",
      valueName: "file"
    )
  )
  var verify: String?

  @Option(
    help: ArgumentHelp(
      """
      With --verify: the weights of requests that must be allowed, denied, and denied because they name no destination. \
      (default: allowed=80,denied=15,missing-key=5)
      """,
      valueName: "weights"
    )
  )
  var mix: RequestMix?

  func validate() throws {
    // As many as can be looked up in the data file in a second or two.
    guard (1...10_000_000).contains(users) else { throw ValidationError("--users must be from 1 to 10000000.") }
    try ValidationError.check("--zipf-exponent", zipfExponent, atMost: 100)
    guard destination == nil || verify == nil else { throw ValidationError("--destination and --verify exclude each other.") }
    guard mix == nil || verify != nil else { throw ValidationError("--mix needs --verify, which knows what is allowed.") }
    let longest = AuthorizationRequest(username: ExactString(user ?? userPrefix + String(users - 1)), identifier: [:])
    do {
      try longest.validate()
    } catch {
      throw ValidationError(error.message)
    }
  }

  /// The requests.
  ///
  /// - Throws: exit status 78 with one line for each fault of the data file, or an error of the command line's use.
  func questions(_ configuration: ServiceConfiguration.ECPDS) throws -> QuestionBook {
    let seed = seed ?? UInt64(UInt32.random(in: 0...UInt32.max))
    guard let verify else {
      return QuestionBook(users: picker, destination: destination ?? "CIP", matchKey: configuration.matchKey, seed: seed)
    }
    guard configuration.targetField == "name" else {
      throw ValidationError(
        "--verify cannot judge answers by 'ecpds.target_field: \(configuration.targetField)'; it knows names."
      )
    }
    do {
      return try QuestionBook(
        users: picker,
        destinations: DestinationBook(try SimulatorData.load(verify)),
        mix: mix ?? RequestMix.standard,
        matchKey: configuration.matchKey,
        seed: seed
      )
    } catch let error as UserWithoutDestinations {
      throw ValidationError("\(verify): \(error); see --user, --users, --user-prefix and --mix.")
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
  public init?(argument: String) {
    self.init(argument)
  }
}
