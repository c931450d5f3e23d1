public import RabbitMQClient

/// How the answers of a run come back.
public enum LoadReplyMode: String, Sendable, CaseIterable {
  /// RabbitMQ's Direct Reply-to: no queue, the fastest.
  case direct
  /// An exclusive queue of the run's own.
  case queue
  /// A durable quorum queue of the run's own, for a run that outlives its connections: it connects again, and publishes again what the
  /// broker has not confirmed.
  case durable
}

/// What a run does.
public struct LoadPlan: Sendable {
  public var pace: LoadPace
  public var extent: LoadExtent
  public var questions: QuestionBook
  public var replyMode: LoadReplyMode
  /// How long an answer is waited for: from the publication, in the durable mode from the broker's confirm.
  public var timeout: Duration
  /// How long the request may stay in the queue; nil for ever.
  public var expiration: Duration?
  /// Tried in turn. At least one.
  public var brokers: [RabbitMQConfiguration]
  public var requestQueue: String

  public init(
    pace: LoadPace,
    extent: LoadExtent,
    questions: QuestionBook,
    replyMode: LoadReplyMode,
    timeout: Duration,
    expiration: Duration?,
    brokers: [RabbitMQConfiguration],
    requestQueue: String
  ) {
    self.pace = pace
    self.extent = extent
    self.questions = questions
    self.replyMode = replyMode
    self.timeout = timeout
    self.expiration = expiration
    self.brokers = brokers
    self.requestQueue = requestQueue
  }
}
