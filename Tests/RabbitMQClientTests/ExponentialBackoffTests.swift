import RabbitMQClient
import Testing

@Suite("Back-off")
struct ExponentialBackoffTests {
  @Test("pauses double up to the maximum and each lies between a half and the whole of its step")
  func doubles() {
    var backoff = ExponentialBackoff(initial: .milliseconds(100), maximum: .milliseconds(500))
    var generator = SystemRandomNumberGenerator()
    for ceiling: Duration in [.milliseconds(100), .milliseconds(200), .milliseconds(400), .milliseconds(500), .milliseconds(500)]
    {
      let delay = backoff.nextDelay(using: &generator)
      #expect(delay >= ceiling / 2)
      #expect(delay <= ceiling)
    }
    #expect(backoff.failureCount == 5)
  }

  @Test("two workers do not wait in step")
  func jitters() {
    var generator = SystemRandomNumberGenerator()
    let delays = Set(
      (0..<20).map { _ in
        var backoff = ExponentialBackoff()
        return backoff.nextDelay(using: &generator)
      }
    )
    #expect(delays.count > 10)
  }

  @Test("a success begins anew, and no number of failures overflows")
  func resets() {
    var backoff = ExponentialBackoff(initial: .seconds(1), maximum: .seconds(8))
    var generator = SystemRandomNumberGenerator()
    for _ in 0..<1000 { _ = backoff.nextDelay(using: &generator) }
    backoff.reset()
    #expect(backoff.failureCount == 0)
    #expect(backoff.nextDelay(using: &generator) <= .seconds(1))
  }
}
