import Testing

@testable import RabbitMQClient

@Suite("Silence limit")
struct SilenceLimitTests {
  private let start = ContinuousClock.now

  @Test("a silence of two heartbeats, or nearly, is too long")
  func limit() {
    var limit = SilenceLimit(heartbeat: .seconds(10))
    #expect(!limit.isExceeded(at: start) { .milliseconds(19_899) })
    #expect(limit.isExceeded(at: start + .milliseconds(1)) { .milliseconds(19_900) })
  }

  @Test("the kernel is asked again only when what it said has run out")
  func asksSeldom() {
    var limit = SilenceLimit(heartbeat: .seconds(10))
    var askedCount = 0
    func isExceeded(after elapsed: Duration, silence: Duration) -> Bool {
      limit.isExceeded(at: start + elapsed) {
        askedCount += 1
        return silence
      }
    }
    #expect(!isExceeded(after: .zero, silence: .seconds(1)))
    #expect(!isExceeded(after: .milliseconds(18_899), silence: .seconds(30)))
    #expect(askedCount == 1)
    #expect(!isExceeded(after: .milliseconds(18_900), silence: .seconds(5)))
    #expect(askedCount == 2)
    #expect(isExceeded(after: .seconds(34), silence: .seconds(20)))
  }

  @Test("without heartbeats no silence is too long")
  func noHeartbeat() {
    var limit = SilenceLimit(heartbeat: .zero)
    #expect(!limit.isExceeded(at: start) { .seconds(1000) })
  }
}
