/// What a load run does.
public struct LoadPlan: Sendable {
  /// How replies come back.
  public enum ReplyMode: String, Sendable, CaseIterable {
    /// RabbitMQ's Direct Reply-to: no queue, the fastest. The run ends with its connection.
    case direct
    /// An exclusive queue of the run's own. The run ends with its connection.
    case queue
    /// A durable quorum queue of the run's own. The run connects again when the broker is lost, publishes again what was not
    /// confirmed, and so tells what was lost from what is late.
    case durable
  }

  public var requestQueue: String
  public var questions: QuestionBook
  public var pace: LoadPace
  public var extent: LoadExtent
  public var replyMode: ReplyMode
  /// How long each request may take; see ``Fate/timedOut`` and ``Fate/lost``.
  public var timeout: Duration
  /// The requests' `expiration`: the broker takes what is older out of the queue. Nil for none.
  public var expiration: Duration?
  /// How long to listen for second answers after the last request has its fate.
  public var linger = Duration.seconds(1)
  /// How long to wait for what is under way after ``LoadRun/stop()``.
  public var interruptionGrace = Duration.seconds(5)
  /// How long to look for a broker that is lost, in the durable mode. For a tenth of it a broker may keep the run from its reply queue
  /// before the queue is made anew.
  public var reconnectLimit = Duration.seconds(300)

  public init(
    requestQueue: String,
    questions: QuestionBook,
    pace: LoadPace,
    extent: LoadExtent,
    replyMode: ReplyMode,
    timeout: Duration,
    expiration: Duration?
  ) {
    self.requestQueue = requestQueue
    self.questions = questions
    self.pace = pace
    self.extent = extent
    self.replyMode = replyMode
    self.timeout = timeout
    self.expiration = expiration
  }
}
