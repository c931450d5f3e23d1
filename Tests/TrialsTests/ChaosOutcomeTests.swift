import Testing
import Trials

@Suite("Outcome of a chaos run")
struct ChaosOutcomeTests {
  private let load = LoadReport(
    requests: 1000,
    answeredOnce: 990,
    answeredAgain: 10,
    decisions: ["allow": 800, "deny": 150, "unavailable": 50]
  )

  private func outcome(_ change: (inout ChaosOutcome) -> Void = { _ in }) -> ChaosOutcome {
    var outcome = ChaosOutcome(seed: 1, faultCounts: [.workerKilled: 3, .networkCut: 2], load: load)
    change(&outcome)
    return outcome
  }

  @Test("everything answered, some of it twice, passes")
  func passes() {
    #expect(outcome().failures.isEmpty)
  }

  @Test("a request that was neither answered nor dead-lettered fails it")
  func lost() {
    let lost = outcome {
      $0.load.answeredOnce -= 1
      $0.load.lost = 1
    }
    #expect(lost.failures == ["1 requests were neither answered nor dead-lettered"])
  }

  @Test("a request that the broker did not take is not lost: its sender knows")
  func notAccepted() {
    let refused = outcome {
      $0.load.answeredOnce -= 1
      $0.load.refused = 1
    }
    #expect(refused.failures.isEmpty)
    #expect(refused.table.contains("not accepted by broker          1"))
  }

  @Test("a request that was dead-lettered in place of an answer passes")
  func deadLettered() {
    let deadLettered = outcome {
      $0.load.answeredOnce -= 1
      $0.load.lost = 1
      $0.deadLetterReasons = ["delivery_limit"]
    }
    #expect(deadLettered.failures.isEmpty)
    #expect(deadLettered.lostCount == 0)
    #expect(deadLettered.table.contains("  for delivery_limit            1\nlost"))
  }

  @Test("a wrong answer fails it, and a wrong allow is named")
  func wrong() {
    let wrong = outcome {
      $0.load.wrongDeny = 1
      $0.load.wrongAllow = 1
    }
    #expect(wrong.failures == ["2 answers were wrong, 1 of them allowed"])
  }

  @Test("what was seen on the way, what is left in the queue, and requests that are not accounted for fail it")
  func others() {
    #expect(outcome { $0.violations = ["worker 1 ended by itself"] }.failures == ["worker 1 ended by itself"])
    #expect(outcome { $0.load.replyQueueLost = 1 }.failures.count == 1)
    #expect(outcome { $0.leftInQueue = 2 }.failures == ["2 requests are still in the queue"])
    #expect(outcome { $0.load.requests = 1001 }.failures == ["1001 requests, but 1000 answered and 0 not"])
    #expect(outcome { $0.load = LoadReport(requests: 0, answeredOnce: 0, answeredAgain: 0) }.failures == ["nothing was answered"])
  }

  @Test("the table has the faults that were planned, and what came of the requests")
  func table() {
    #expect(
      outcome().table == """
        worker killed                   3
        network cut                     2

        requests                    1,000
        answered                    1,000
        not accepted by broker          0
        duplicates                     10
        unavailable                    50
        dead-lettered                   0
        lost                            0
        wrong                           0
        """
    )
  }
}
