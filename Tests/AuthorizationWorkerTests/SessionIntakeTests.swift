import Authorization
import RabbitMQClient
import StrictJSON
import Testing

@testable import AuthorizationWorker

@Suite("Session intake", .timeLimit(.minutes(1)))
struct SessionIntakeTests {
  /// Fetches that last until the gate opens, and then give a list.
  private static func slow(_ gate: Gate) -> AuthorizationChecker.Fetch {
    { _, _ throws(FetchFailure) in
      await gate.wait()
      return FetchedDestinations(destinations: DestinationSet(["CIP"]), outcome: .success)
    }
  }

  private func acknowledged(_ source: FakeChannel) -> [UInt64] {
    source.actions.compactMap { if case .acknowledged(let tag) = $0 { tag } else { nil } }
  }

  @Test("requests are counted as they come, those in hand are shown, and a drain waits for them and takes nothing more")
  func drains() async throws {
    let gate = Gate()
    let harness = try Harness(fetch: Self.slow(gate))
    let source = FakeChannel()
    let intake = harness.intake(on: source)
    for tag in 1...3 { await intake.receive(.request(tag: UInt64(tag))) }
    #expect(await intake.inHandCount == 3)
    #expect(harness.metric("aviso_ecpds_requests_total") == "3")
    #expect(harness.metric("aviso_ecpds_requests_in_flight") == "3")
    #expect(source.actions.filter { $0 == .resumed(prefetchCount: 10) }.count == 1)
    let drain = Task { await intake.drain() }
    await gate.open()
    await drain.value
    #expect(acknowledged(source).sorted() == [1, 2, 3])
    #expect(source.actions.filter { $0 == .stopped }.count == 2)
    #expect(harness.metric("aviso_ecpds_requests_in_flight") == "0")
  }

  @Test("a drain of an intake that has nothing in hand ends once nothing can come")
  func drainsIdle() async throws {
    let harness = try Harness()
    let source = FakeChannel()
    await harness.intake(on: source).drain()
    #expect(source.actions == [.stopped])
  }

  @Test("requests that come again are counted and handled one after another, also where they came at once")
  func redelivered() async throws {
    let gate = Gate()
    let harness = try Harness(fetch: Self.slow(gate))
    let source = FakeChannel()
    let intake = harness.intake(on: source)
    await intake.receive(.request(tag: 1))
    for tag in 2...4 { await intake.receive(.returned(tag: UInt64(tag))) }
    #expect(harness.metric("aviso_ecpds_requests_redelivered_total") == "3")
    #expect(await harness.checker.waitingRequestCount == 1)
    await gate.open()
    await intake.drain()
    #expect(acknowledged(source) == [1, 2, 3, 4])
  }

  @Test("a request that came again and waits for ECPDS is not waited for longer than patience lasts")
  func patience() async throws {
    let gate = Gate()
    let harness = try Harness(fetch: Self.slow(gate))
    let source = FakeChannel()
    let intake = harness.intake(on: source, patience: .init(weak: .zero))
    await intake.receive(.returned(tag: 1))
    while !source.actions.contains(.resumed(prefetchCount: 1)) { await Task.yield() }
    #expect(await intake.inHandCount == 1)
    await gate.open()
    await intake.drain()
  }

  @Test("one that was lost twice and waits for ECPDS too long is given up and answered, and what comes after it is handled")
  func givesUp() async throws {
    let gate = Gate()
    let harness = try Harness(fetch: Self.slow(gate))
    let source = FakeChannel()
    let intake = harness.intake(on: source, patience: .init(strong: .zero))
    await intake.receive(.returned(tag: 1, lossCount: 2))
    while acknowledged(source) != [1] { await Task.yield() }
    #expect(source.messages.map(\.routingKey) == ["replies"])
    #expect(source.messages.first?.text.contains("\"reason\":\"overloaded\"") == true)
    #expect(await harness.checker.waitingRequestCount == 0)
    await intake.receive(.returned(tag: 2))
    await gate.open()
    await intake.drain()
    #expect(acknowledged(source) == [1, 2])
  }

  @Test("a classic queue's request that comes again goes back with its count before it is opened")
  func recounts() async throws {
    let harness = try Harness { _, _ throws(FetchFailure) in
      Issue.record("opened")
      throw FetchFailure(outcome: .unreachable, message: "")
    }
    let source = FakeChannel()
    let intake = harness.intake(on: source, brokerCountsLosses: false)
    await intake.receive(
      .request(tag: 9, isRedelivered: true) {
        $0.headers = ["x-aviso-ecpds-delivery-count": .int64(2), "traceparent": .string("t"), "CC": .array([])]
        $0.expiration = "5000"
        $0.userID = "somebody"
      }
    )
    await intake.drain()
    #expect(source.actions == [.published(routingKey: "aviso.ecpds.requests"), .acknowledged(9), .stopped])
    let copy = try #require(source.messages.first)
    #expect(copy.exchange.isEmpty && copy.isMandatory && copy.text == Delivery.validBody)
    #expect(
      copy.properties.correlationID == "c-1" && copy.properties.replyTo == "replies" && copy.properties.expiration == "5000"
    )
    #expect(copy.properties.userID == nil)
    #expect(
      copy.properties.headers == [
        "x-aviso-ecpds-delivery-count": .int64(3), "traceparent": .string("t"), "x-original-user-id": .string("somebody"),
        "x-original-expiration": .string("5000"), "x-aviso-ecpds-deadline": .int64(1_800_000_005_000),
      ]
    )
    #expect(harness.metric("aviso_ecpds_requests_total") == "0")
  }

  @Test("the copy goes back to the queue that requests come from, whatever routing key led the request there")
  func recountsIntoRequestQueue() async throws {
    let source = FakeChannel()
    let harness = try Harness()
    let intake = harness.intake(on: source, brokerCountsLosses: false)
    var delivery = Delivery.request(tag: 9, isRedelivered: true)
    delivery.exchange = "bound"
    delivery.routingKey = "another.queue"
    await intake.receive(delivery)
    await intake.drain()
    #expect(source.messages.map(\.exchange) == [""])
    #expect(source.messages.map(\.routingKey) == ["aviso.ecpds.requests"])
  }

  @Test("a request whose copy the queue does not take is handled without its count")
  func recountRefused() async throws {
    let harness = try Harness()
    let source = FakeChannel { $0.routingKey == "replies" ? .success(.confirmed) : .success(.nacked) }
    let intake = harness.intake(on: source, brokerCountsLosses: false)
    await intake.receive(.request(tag: 9, isRedelivered: true))
    await intake.drain()
    #expect(source.actions.contains(.published(routingKey: "replies")))
    #expect(acknowledged(source) == [9])
  }

  @Test("one that was lost more often than allowed is set aside unopened, with reason and count", arguments: [true, false])
  func setsAside(brokerCountsLosses: Bool) async throws {
    let harness = try Harness()
    let source = FakeChannel()
    let intake = harness.intake(on: source, deliveryLimit: 2, brokerCountsLosses: brokerCountsLosses)
    await intake.receive(
      .request(tag: 9, isRedelivered: true) {
        $0.headers = brokerCountsLosses ? ["x-delivery-count": .int64(3)] : ["x-aviso-ecpds-delivery-count": .int64(2)]
      }
    )
    await intake.drain()
    let letter = try #require(source.messages.first)
    #expect(letter.exchange == "aviso.ecpds.dead-letter")
    #expect(
      letter.properties.headers == [
        "x-aviso-ecpds-reason": .string("delivery_limit"),
        "x-aviso-ecpds-detail": .string("Its worker or its connection ended 3 times"),
      ]
    )
    #expect(source.messages.count == 1)
    #expect(acknowledged(source) == [9])
    #expect(harness.metric(#"aviso_ecpds_requests_rejected_total{reason="delivery_limit"}"#) == "1")
  }

  @Test("when the session is over nothing more begins, and a drain does not wait")
  func sessionOver() async throws {
    let gate = Gate()
    let harness = try Harness(fetch: Self.slow(gate))
    let source = FakeChannel()
    let intake = harness.intake(on: source)
    await intake.receive(.request(tag: 1))
    await intake.receive(.returned(tag: 2))
    await intake.end()
    await intake.drain()
    #expect(harness.metric("aviso_ecpds_requests_in_flight") == "0")
    await gate.open()
    while acknowledged(source) != [1] { await Task.yield() }
    #expect(await harness.checker.waitingRequestCount == 0)
  }
}

extension Delivery {
  /// A request that a quorum queue delivers again.
  fileprivate static func returned(tag: UInt64, lossCount: Int64 = 1) -> Delivery {
    .request(tag: tag, isRedelivered: true) { $0.headers = ["x-delivery-count": .int64(lossCount)] }
  }
}
