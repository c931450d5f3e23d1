/// What became of every request of a run.
public struct LoadReport: Sendable {
  /// Why the run ended.
  public enum Ending: String, Sendable {
    /// Everything was sent, and every request has its fate.
    case completed
    /// It was told to stop.
    case interrupted
    /// The broker was lost.
    case disconnected
  }

  /// A request that went wrong, to look for in the workers' logs.
  public struct Example: Sendable, Equatable {
    /// The request's id and correlation id.
    public let requestName: String
    public let username: String
    /// The identifier, as `key=value`.
    public let identifier: String
    /// What went wrong with it.
    public let fault: String
  }

  public internal(set) var counts: LedgerCounts
  public internal(set) var tally: AnswerTally
  public internal(set) var ending: Ending
  /// Requests that were sent.
  public internal(set) var requestCount: Int
  /// How often the run connected again.
  public internal(set) var reconnectCount: Int
  /// How often the run's queue was gone, and with it answers that it may have held.
  public internal(set) var lostReplyQueueCount: Int
  /// From the first request to the last one's fate.
  public internal(set) var duration: Duration
  public internal(set) var seed: UInt64
  public internal(set) var pace: LoadPace
  public internal(set) var isVerified: Bool
  /// The first of what went wrong.
  public internal(set) var examples: [Example]

  /// Every request that was sent was answered exactly once, and where answers are judged, correctly.
  public var isFaultless: Bool { ending != .disconnected && failures == 0 && counts.unexpectedAnswers == 0 }

  /// Requests that were not answered or more than once, and wrong answers.
  var failures: Int { counts.failures + tally.wrong }

  var answersPerSecond: Double {
    duration > .zero ? Double(counts.answered) / (duration / .seconds(1)) : 0
  }
}
