/// What `aviso-ecpds load --json` says of its requests.
package struct LoadReport: Decodable, Sendable {
  package var requests: Int
  // Each request is in one of these.
  package var answeredOnce: Int
  package var answeredAgain: Int
  package var returned = 0
  package var refused = 0
  package var timedOut = 0
  package var disconnected = 0
  /// Confirmed by the broker, and not answered.
  package var lost = 0
  package var abandoned = 0
  /// How often the queue that answers come to was gone.
  package var replyQueueLost = 0

  package var wrongAllow = 0
  package var wrongDeny = 0
  package var wrongOther = 0
  package var decisions: [String: Int] = [:]
  package var cacheOutcomes: [String: Int] = [:]

  /// From the first request to the last first answer.
  package var seconds = 0.0
  package var perSecond = 0.0
  /// By percentile, such as `p99`.
  package var latencyMicroseconds: [String: Double] = [:]

  package init(requests: Int, answeredOnce: Int, answeredAgain: Int, decisions: [String: Int] = [:]) {
    self.requests = requests
    self.answeredOnce = answeredOnce
    self.answeredAgain = answeredAgain
    self.decisions = decisions
  }

  /// Answers that were not what the simulators' data say; the worst of them an allow.
  package var wrongCount: Int { wrongAllow + wrongDeny + wrongOther }

  package var answered: Int { answeredOnce + answeredAgain }
  package var unanswered: Int { lost + notAccepted }
  /// The broker had not taken them: whoever sent them knows.
  package var notAccepted: Int { returned + refused + timedOut + disconnected + abandoned }
}
