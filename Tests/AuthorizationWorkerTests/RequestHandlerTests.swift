import Authorization
import CoalescingCache
import NIOConcurrencyHelpers
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
    let actions = await harness.handler.handleAndSee(.request(tag: 2), on: channel)
    #expect(actions == [.published(routingKey: "replies"), .acknowledged(2)])
    #expect(channel.messages.first?.text.contains(#""cache_outcome":"hit""#) == true)
  }

  @Test("a request is not acknowledged when the connection is lost before the confirm")
  func lostBeforeConfirm() async throws {
    let harness = try Harness()
    let channel = FakeChannel { _ in .failure(RabbitMQError(.connectionLost, "gone")) }
    await harness.handle(.request(), on: channel)
    #expect(channel.actions == [.published(routingKey: "replies")])
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

  @Test("a failed fetch is answered unavailable")
  func unavailable() async throws {
    let harness = try Harness { _, _ throws(FetchFailure) in throw FetchFailure(outcome: .http5xx, message: "down") }
    let channel = FakeChannel()
    await harness.handle(.request(), on: channel)
    #expect(channel.messages.first?.text.contains(#""decision":"unavailable","reason":"fetch_failed""#) == true)
    #expect(channel.actions.last == .acknowledged(7))
  }

  @Test("a request whose time was up before it was taken is answered expired, and ECPDS is not asked")
  func expired() async throws {
    let harness = try Harness { _, _ throws(FetchFailure) in
      Issue.record("fetched")
      throw FetchFailure(outcome: .unreachable, message: "")
    }
    let channel = FakeChannel()
    await harness.handle(.request { $0.expiration = "5000" }, receivedAt: Harness.now - .milliseconds(5001), on: channel)
    #expect(
      channel.messages.first?.text
        == #"{"decision":"unavailable","reason":"expired","message":"The request came too late: nobody waits for the answer any more","cache_outcome":"none","request_id":"r-1"}"#
    )
    #expect(channel.actions == [.published(routingKey: "replies"), .acknowledged(7)])
    #expect(harness.metric(#"aviso_ecpds_unavailable_total{reason="expired"}"#) == "1")
  }

  @Test("an invalid request is refused as such however late it is")
  func lateAndInvalid() async throws {
    let channel = FakeChannel()
    try await Harness().handle(.request("{}") { $0.timestamp = 0 }, on: channel)
    #expect(channel.messages.last?.text.contains(#""reason":"invalid_request""#) == true)
  }

  @Test("more waiting requests than are allowed are answered overloaded at once, and those of cached users still are answered")
  func overloaded() async throws {
    let gate = Gate()
    let harness = try Harness(maximumWaiterCount: 2) { user, _ throws(FetchFailure) in
      if user != "cached" { await gate.wait() }
      return FetchedDestinations(destinations: DestinationSet(["CIP"]), outcome: .success)
    }
    let channel = FakeChannel()
    func request(_ user: String, tag: UInt64) -> Delivery {
      .request(#"{"username":"\#(user)","identifier":{"destination":"CIP"}}"#, tag: tag)
    }
    await harness.handle(request("cached", tag: 1), on: channel)
    let waiting = [request("slow-1", tag: 2), request("slow-1", tag: 3)].map { request in
      Task.immediate { await harness.handle(request, on: channel) }
    }
    while await harness.checker.waitingRequestCount < 2 { await Task.yield() }
    for (user, tag) in [("slow-1", 4), ("slow-2", 5)] as [(String, UInt64)] {
      await harness.handle(request(user, tag: tag), on: channel)
      #expect(channel.messages.last?.text.contains(#""decision":"unavailable","reason":"overloaded""#) == true)
      #expect(channel.actions.last == .acknowledged(tag))
    }
    #expect(harness.metric(#"aviso_ecpds_unavailable_total{reason="overloaded"}"#) == "2")
    await harness.handle(request("cached", tag: 6), on: channel)
    #expect(channel.messages.last?.text.contains(#""cache_outcome":"hit""#) == true)
    await gate.open()
    for task in waiting { await task.value }
    #expect(await harness.checker.waitingRequestCount == 0)
  }

  @Test("where it is asked for, a sender that has gone is not fetched for, and one whose user is cached is not looked for")
  func probesRequester() async throws {
    let fetchCount = NIOLockedValueBox(0)
    let harness = try Harness(settings: RequestHandler.Settings(probesRequesters: true)) { _, _ throws(FetchFailure) in
      fetchCount.withLockedValue { $0 += 1 }
      return FetchedDestinations(destinations: DestinationSet(["CIP"]), outcome: .success)
    }
    let gone = FakeChannel(existingQueues: .success([]))
    await harness.handle(.request(), on: gone)
    #expect(gone.actions == [.asked("replies", within: .seconds(1)), .published(routingKey: "replies"), .acknowledged(7)])
    #expect(gone.messages.first?.text.contains(#""reason":"expired""#) == true)
    #expect(fetchCount.withLockedValue(\.self) == 0)
    let present = FakeChannel()
    await harness.handle(.request(), on: present)
    await harness.handle(.request(), on: present)
    #expect(present.actions.filter { $0 == .asked("replies", within: .seconds(1)) }.count == 1)
    #expect(fetchCount.withLockedValue(\.self) == 1)
  }
}

extension RequestHandlerTests {
  @Test("requests whose senders are being asked for count as waiting: one more is answered overloaded, and is not asked for")
  func overloadedByProbes() async throws {
    let gate = Gate()
    let harness = try Harness(maximumWaiterCount: 2)
    func check(_ username: ExactString, probe: @escaping @Sendable () async -> Bool) -> Task<AuthorizationReply, Never> {
      Task {
        await harness.checker.checkAccess(
          AuthorizationRequest(username: username, identifier: ["destination": "CIP"]),
          requesterProbe: probe
        )
      }
    }
    let waiting = ["alice", "bob"].map { user in
      check(user) {
        await gate.wait()
        return user == "alice"
      }
    }
    while await harness.checker.waitingRequestCount < 2 { await Task.yield() }
    let excess = check("carol") {
      Issue.record("asked")
      return true
    }
    #expect(await excess.value.reason == .overloaded)
    await gate.open()
    #expect(await waiting[0].value.reason == .destinationInList)
    #expect(await waiting[1].value.reason == .expired)
    #expect(await harness.checker.waitingRequestCount == 0)
  }

  @Test(
    "where the connection that asks for the sender is lost, or the broker does not answer in time, it is not taken to have gone",
    arguments: [.failure(RabbitMQError(.connectionLost, "gone")), .success(nil)] as [Result<Set<ShortString>?, RabbitMQError>]
  )
  func probeUnanswered(_ existingQueues: Result<Set<ShortString>?, RabbitMQError>) async throws {
    let harness = try Harness(settings: RequestHandler.Settings(probesRequesters: true, probeTimeout: .milliseconds(7)))
    let channel = FakeChannel(existingQueues: existingQueues)
    await harness.handle(.request(), on: channel)
    #expect(channel.actions.first == .asked("replies", within: .milliseconds(7)))
    #expect(channel.messages.first?.text.contains(#""decision":"allow""#) == true)
  }
}

extension RequestHandler {
  fileprivate func handleAndSee(_ delivery: Delivery, on channel: FakeChannel) -> [FakeChannel.Action] {
    Task.immediate { await handle(delivery, receivedAt: Harness.now, on: channel) {} }
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
