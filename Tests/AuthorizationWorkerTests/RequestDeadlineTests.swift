import RabbitMQClient
import Testing

@testable import AuthorizationWorker

@Suite("Request deadline")
struct RequestDeadlineTests {
  private static let received = Duration.seconds(1_000_000)

  private func deadline(expiration: ShortString? = nil, timestamp: UInt64? = nil) -> Duration? {
    var properties = MessageProperties()
    properties.expiration = expiration
    properties.timestamp = timestamp
    return RequestDeadline.of(properties, receivedAt: Self.received, maximumAge: .seconds(60))
  }

  @Test("a message that tells neither an expiration nor a time has none")
  func none() {
    #expect(deadline() == nil)
    #expect(deadline(expiration: "soon") == nil)
  }

  @Test("an expiration counts from when the request came, where it has no timestamp")
  func expiration() {
    #expect(deadline(expiration: "1500") == Self.received + .milliseconds(1500))
    #expect(deadline(expiration: "-1") == Self.received)
  }

  @Test("with a timestamp, which is whole seconds, it counts from the end of that second")
  func expirationAndTimestamp() {
    #expect(deadline(expiration: "1500", timestamp: 999_990) == .seconds(999_991) + .milliseconds(1500))
  }

  @Test("a timestamp from a clock that is ahead does not prolong an expiration")
  func clockAhead() {
    #expect(deadline(expiration: "1500", timestamp: 2_000_000) == Self.received + .milliseconds(1500))
  }

  @Test("a timestamp alone stands for the age that is allowed")
  func timestamp() {
    #expect(deadline(timestamp: 999_990) == .seconds(999_991 + 60))
    #expect(deadline(timestamp: 0) == .seconds(61))
  }

  @Test("a timestamp that no clock shows is none", arguments: [UInt64.max, 1 << 62, 1 << 41])
  func absurd(timestamp: UInt64) {
    #expect(deadline(timestamp: timestamp) == nil)
    #expect(deadline(expiration: "18446744073709551615", timestamp: timestamp) == nil)
  }
}

@Suite("Deadline of a copy")
struct CopyDeadlineTests {
  private static let now = Duration.seconds(1_000_000)

  /// A copy made of a request at a time, in seconds after `now`.
  private func copy(of delivery: Delivery, after seconds: Int64) -> Delivery {
    let time = Self.now + .seconds(seconds)
    let message = OutgoingMessage(
      recounting: delivery,
      as: 1,
      in: "requests",
      deadline: RequestDeadline.of(delivery.properties, receivedAt: time, maximumAge: .seconds(60)),
      now: time
    )
    return Delivery(tag: DeliveryTag(1), properties: message.properties, body: message.body)
  }

  private func deadline(_ delivery: Delivery, after seconds: Int64) -> Duration? {
    RequestDeadline.of(delivery.properties, receivedAt: Self.now + .seconds(seconds), maximumAge: .seconds(60))
  }

  @Test("a copy has what was left of its time, and its deadline stays where it was however late it comes")
  func withTimestamp() {
    let original = Delivery.request {
      $0.expiration = "10000"
      $0.timestamp = 999_995
    }
    // Sent by 999,996, and so of use until 1,000,006.
    let copy = copy(of: original, after: 2)
    #expect(copy.properties.expiration == "4000")
    #expect(copy.properties.timestamp == 999_995)
    #expect(deadline(copy, after: 2) == Self.now + .seconds(6))
    #expect(deadline(copy, after: 5) == Self.now + .seconds(6))
  }

  @Test("without a timestamp the time counts from when the first worker took it, also in the copy of a copy")
  func withoutTimestamp() {
    let first = copy(of: .request { $0.expiration = "10000" }, after: 0)
    #expect(first.properties.expiration == "10000")
    let second = copy(of: first, after: 7)
    #expect(second.properties.expiration == "3000")
    #expect(deadline(second, after: 8) == Self.now + .seconds(10))
    #expect(second.properties.headers?["x-original-expiration"]?.text == "10000")
  }

  @Test("the copy of a request that is late already has no time left")
  func late() {
    let original = Delivery.request {
      $0.expiration = "1000"
      $0.timestamp = 1000
    }
    #expect(copy(of: original, after: 0).properties.expiration == "0")
  }

  @Test("a copy of a request that names no expiration gets none")
  func noExpiration() {
    let copy = copy(of: .request { $0.timestamp = 999_995 }, after: 0)
    #expect(copy.properties.expiration == nil)
    #expect(deadline(copy, after: 0) == .seconds(999_996 + 60))
    #expect(copy.properties.headers?["x-aviso-ecpds-deadline"] == nil)
  }

  @Test("a deadline that a sender writes does not prolong its expiration, and one that no clock shows is none")
  func forged() {
    func deadline(_ header: FieldValue) -> Duration? {
      self.deadline(
        .request {
          $0.expiration = "10000"
          $0.headers = ["x-aviso-ecpds-deadline": header]
        },
        after: 0
      )
    }
    #expect(deadline(.int64(2_000_000_000)) == Self.now + .seconds(10))
    #expect(deadline(.int64(.max)) == Self.now + .seconds(10))
    #expect(deadline(.string("soon")) == Self.now + .seconds(10))
    #expect(deadline(.int64(.min)) == .zero)
  }

  @Test("absurd times do no harm", arguments: ["9223372036854775807", "-5"] as [ShortString])
  func absurd(expiration: ShortString) {
    let first = copy(of: .request { $0.expiration = expiration }, after: 0)
    #expect(deadline(copy(of: first, after: 1), after: 2) != nil)
  }

  @Test("a dead letter tells the expiration that the request was sent with, and begins anew when it is put back")
  func deadLetter() {
    let reason = DeadLetterReason(code: .deliveryLimit, detail: "")
    let first = copy(of: .request { $0.expiration = "10000" }, after: 0)
    let letter = OutgoingMessage(deadLetterFor: copy(of: first, after: 4), reason)
    #expect(letter.properties.expiration == nil)
    #expect(letter.properties.headers?["x-original-expiration"]?.text == "10000")
    #expect(letter.properties.headers?["x-aviso-ecpds-deadline"] == nil)
  }
}

@Suite("Delivery history")
struct DeliveryHistoryTests {
  private func history(isRedelivered: Bool = false, brokerCounts: Bool, _ headers: FieldTable? = nil) -> DeliveryHistory {
    DeliveryHistory(.request(isRedelivered: isRedelivered) { $0.headers = headers }, brokerCounts: brokerCounts)
  }

  @Test("a first delivery is none of a suspect", arguments: [true, false])
  func first(brokerCounts: Bool) {
    let history = history(brokerCounts: brokerCounts)
    #expect(history.lossCount == 0 && history.isCountKept)
    #expect(history.suspicion(deliveryLimit: 5) == .none)
  }

  @Test("a quorum queue's count counts, and is at least one where the broker says that there was a delivery before")
  func quorum() {
    #expect(history(brokerCounts: true, ["x-delivery-count": .int64(3)]).lossCount == 3)
    let returned = history(isRedelivered: true, brokerCounts: true, ["x-delivery-count": .int64(0)])
    #expect(returned.lossCount == 1 && returned.isCountKept)
  }

  @Test("a classic queue's message carries the count of the workers, and a loss since then is not in it")
  func classic() {
    let first = history(isRedelivered: true, brokerCounts: false)
    #expect(first.lossCount == 1 && !first.isCountKept)
    let recounted = history(brokerCounts: false, ["x-aviso-ecpds-delivery-count": .int64(1)])
    #expect(recounted.lossCount == 1 && recounted.isCountKept)
    let lostAgain = history(isRedelivered: true, brokerCounts: false, ["x-aviso-ecpds-delivery-count": .int64(1)])
    #expect(lostAgain.lossCount == 2 && !lostAgain.isCountKept)
  }

  @Test("on a classic queue a sender's own idea of the broker's count is ignored, and absurd counts do no harm")
  func hostile() {
    #expect(history(isRedelivered: true, brokerCounts: false, ["x-delivery-count": .int64(0)]).isCountKept == false)
    #expect(history(isRedelivered: true, brokerCounts: false, ["x-aviso-ecpds-delivery-count": .int64(.max)]).lossCount > 0)
    #expect(history(isRedelivered: true, brokerCounts: false, ["x-aviso-ecpds-delivery-count": .int64(-7)]).lossCount == 1)
    #expect(history(isRedelivered: true, brokerCounts: false, ["x-aviso-ecpds-delivery-count": .string("x")]).lossCount == 1)
  }

  @Test("suspicion is strong from the second loss on, and where the next one would be the last")
  func suspicion() {
    func suspicion(_ count: Int64, limit: Int) -> Suspicion {
      history(brokerCounts: true, ["x-delivery-count": .int64(count)]).suspicion(deliveryLimit: limit)
    }
    #expect(suspicion(1, limit: 5) == .some)
    #expect(suspicion(2, limit: 5) == .strong)
    #expect(suspicion(1, limit: 1) == .strong)
  }
}
