import Authorization
import CoalescingCache
import RabbitMQClient
import StrictJSON
import Testing

@testable import AuthorizationWorker

@Suite("Request handler", .timeLimit(.minutes(1)))
struct RequestHandlerTests {
  @Test("a request is answered with its correlation id and acknowledged after the reply is confirmed")
  func answers() async throws {
    let harness = try Harness()
    let channel = FakeChannel()
    await harness.handle(.request(), on: channel)
    #expect(channel.actions == [.published(routingKey: "replies"), .acknowledged(7)])
    let reply = try #require(channel.messages.first)
    #expect(reply.exchange == "")
    #expect(reply.isMandatory)
    #expect(
      reply.properties
        == MessageProperties(
          contentType: "application/json",
          correlationID: "c-1",
          type: "aviso.ecpds.decision",
          appID: "aviso-ecpds"
        )
    )
    #expect(
      reply.text
        == #"{"decision":"allow","reason":"destination_in_list","message":"User 'alice' has access to destination 'CIP'","cache_outcome":"miss_fetched","fetch_outcome":"success","request_id":"r-1"}"#
    )
    #expect(harness.metric("aviso_ecpds_requests_total") == "1")
    #expect(harness.metric("aviso_ecpds_requests_in_flight") == "0")
    #expect(harness.metric(#"aviso_ecpds_replies_total{outcome="confirmed"}"#) == "1")
  }

  @Test("a correlation id that is no text comes back byte for byte")
  func keepsCorrelationBytes() async throws {
    let harness = try Harness()
    let channel = FakeChannel()
    let bytes = ShortString(bytes: [0xFF, 0x00, 0x41])
    await harness.handle(.request { $0.correlationID = bytes }, on: channel)
    #expect(channel.messages.first?.properties.correlationID == bytes)
  }

  @Test(
    "a reply to a Direct Reply-to name is not mandatory",
    arguments: ["amq.rabbitmq.reply-to", "amq.rabbitmq.reply-to.g1h2.x=="]
  )
  func directReplyIsNotMandatory(replyTo: String) async throws {
    let harness = try Harness()
    let channel = FakeChannel()
    await harness.handle(.request { $0.replyTo = ShortString(replyTo) }, on: channel)
    #expect(channel.messages.map(\.isMandatory) == [false])
    #expect(channel.messages.first?.routingKey == ShortString(replyTo))
  }

  @Test("a cached user's request is answered before the handler returns, where the broker confirms at once")
  func hitIsSynchronous() async throws {
    let harness = try Harness()
    await harness.handle(.request(tag: 1), on: FakeChannel())
    let channel = FakeChannel()
    let actions = await harness.receiveSynchronously(.request(tag: 2), on: channel)
    #expect(actions == [.published(routingKey: "replies"), .acknowledged(2)])
    #expect(channel.messages.first?.text.contains(#""cache_outcome":"hit""#) == true)
  }

  @Test("a request is not acknowledged when the connection is lost before the confirm")
  func lostBeforeConfirm() async throws {
    let harness = try Harness()
    let channel = FakeChannel { _ in .failure(RabbitMQError(.connectionLost, "gone")) }
    await harness.handle(.request(), on: channel)
    #expect(channel.actions == [.published(routingKey: "replies")])
    #expect(harness.metric("aviso_ecpds_requests_in_flight") == "0")
  }

  @Test("a returned reply is counted, never retried, and its request is done with")
  func returnedReply() async throws {
    let harness = try Harness()
    let channel = FakeChannel { _ in .success(.returned(reason: "312 NO_ROUTE")) }
    await harness.handle(.request(), on: channel)
    #expect(channel.actions == [.published(routingKey: "replies"), .acknowledged(7)])
    #expect(harness.metric(#"aviso_ecpds_replies_total{outcome="returned"}"#) == "1")
  }

  @Test("a reply that the broker cannot take sends the request back, once")
  func nackedReply() async throws {
    let harness = try Harness()
    let channel = FakeChannel { _ in .success(.nacked) }
    await harness.handle(.request(), on: channel)
    #expect(channel.actions == [.published(routingKey: "replies"), .rejected(7, requeue: true)])
    #expect(harness.metric(#"aviso_ecpds_replies_total{outcome="nacked"}"#) == "1")
  }

  @Test("a reply that the broker cannot take a second time sets the request aside, with the reason")
  func nackedAgain() async throws {
    let harness = try Harness()
    let channel = FakeChannel { $0.exchange.isEmpty ? .success(.nacked) : .success(.confirmed) }
    await harness.handle(.request(isRedelivered: true), on: channel)
    #expect(
      channel.actions == [.published(routingKey: "replies"), .published(routingKey: "aviso.ecpds.requests"), .acknowledged(7)]
    )
    #expect(channel.messages.last?.properties.headers?["x-aviso-ecpds-reason"]?.text == "reply_nacked")
  }

  @Test("redelivered requests are counted")
  func countsRedelivered() async throws {
    let harness = try Harness()
    await harness.handle(.request(isRedelivered: true), on: FakeChannel())
    #expect(harness.metric("aviso_ecpds_requests_redelivered_total") == "1")
  }

  @Test("a failed fetch is answered unavailable")
  func unavailable() async throws {
    let harness = try Harness { _, _ throws(FetchFailure) in throw FetchFailure(outcome: .http5xx, message: "down") }
    let channel = FakeChannel()
    await harness.handle(.request(), on: channel)
    #expect(channel.messages.first?.text.contains(#""decision":"unavailable","reason":"fetch_failed""#) == true)
    #expect(channel.actions.last == .acknowledged(7))
  }

  @Test("while one request waits for ECPDS, others are in flight and counted, and idle means none is")
  func inFlight() async throws {
    let gate = Gate()
    let harness = try Harness { _, _ throws(FetchFailure) in
      await gate.wait()
      return FetchedDestinations(destinations: DestinationSet(["CIP"]), outcome: .success)
    }
    let channel = FakeChannel()
    for tag in 1...3 { await harness.handler.receive(.request(tag: UInt64(tag)), on: channel) }
    #expect(await harness.handler.inFlightCount == 3)
    #expect(harness.metric("aviso_ecpds_requests_in_flight") == "3")
    #expect(channel.actions.isEmpty)
    await gate.open()
    await harness.handler.waitUntilIdle()
    let acknowledged: [UInt64] = channel.actions.compactMap { if case .acknowledged(let tag) = $0 { tag } else { nil } }
    #expect(acknowledged.sorted() == [1, 2, 3])
  }
}

extension Harness {
  /// What has been done when `receive` returns, on the loop itself.
  func receiveSynchronously(_ delivery: Delivery, on channel: FakeChannel) async -> [FakeChannel.Action] {
    await handler.receiveAndSee(delivery, on: channel)
  }
}

extension RequestHandler {
  fileprivate func receiveAndSee(_ delivery: Delivery, on channel: FakeChannel) -> [FakeChannel.Action] {
    receive(delivery, on: channel)
    return channel.actions
  }
}

/// Closed until it is opened.
actor Gate {
  private var isOpen = false
  private var waiters: [CheckedContinuation<Void, Never>] = []

  func wait() async {
    guard !isOpen else { return }
    await withCheckedContinuation { waiters.append($0) }
  }

  func open() {
    isOpen = true
    for waiter in waiters { waiter.resume() }
    waiters.removeAll()
  }
}
