import RabbitMQClient
import Testing

@testable import AuthorizationWorker

/// Contract, sections 2 and 3: every invalid request is answered where it can be, dead-lettered and counted.
@Suite("Invalid requests", .timeLimit(.minutes(1)))
struct InvalidRequestTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let reason: String
    let delivery: Delivery

    init(_ description: String, _ reason: String, _ delivery: Delivery) {
      testDescription = description
      self.reason = reason
      self.delivery = delivery
    }
  }

  static let answerableCases: [Case] = [
    Case("not JSON", "not_json", .request("hello")),
    Case("empty body", "not_json", .request("")),
    Case("too large", "body_too_large", .request(#"{"username":"\#(String(repeating: "a", count: 65_536))"}"#)),
    Case("duplicate key", "duplicate_key", .request(#"{"username":"alice","username":"bob","identifier":{}}"#)),
    Case("wrong type", "wrong_type", .request(#"{"username":7,"identifier":{"destination":"CIP"}}"#)),
    Case("no username", "username_missing", .request(#"{"identifier":{"destination":"CIP"}}"#)),
    Case(
      "control character in the username",
      "username_invalid",
      .request(#"{"username":"a\u0007","identifier":{"destination":"CIP"}}"#)
    ),
    Case("no identifier", "identifier_missing", .request(#"{"username":"alice"}"#)),
    Case("no correlation id", "correlation_id_missing", .request { $0.correlationID = nil }),
    Case("unknown content type", "content_type_unsupported", .request { $0.contentType = "text/plain" }),
  ]

  @Test("is answered deny, dead-lettered with the reason, counted and then acknowledged", arguments: answerableCases)
  func answerable(_ example: Case) async throws {
    let harness = try Harness()
    let channel = FakeChannel()
    await harness.handle(example.delivery, on: channel)
    #expect(
      channel.actions == [.published(routingKey: "aviso.ecpds.requests"), .published(routingKey: "replies"), .acknowledged(7)]
    )
    let copy = try #require(channel.messages.first)
    #expect(copy.exchange == "aviso.ecpds.dead-letter")
    #expect(copy.isMandatory)
    #expect(copy.body == example.delivery.body)
    #expect(copy.properties.deliveryMode == 2)
    #expect(copy.properties.headers?["x-aviso-ecpds-reason"]?.text == example.reason)
    #expect(copy.properties.headers?["x-aviso-ecpds-detail"]?.text?.isEmpty == false)
    let reply = try #require(channel.messages.last)
    #expect(reply.text.hasPrefix(#"{"decision":"deny","reason":"invalid_request","#))
    #expect(reply.text.contains(#""cache_outcome":"none""#))
    #expect(reply.properties.correlationID == example.delivery.properties.correlationID)
    #expect(harness.metric(#"aviso_ecpds_requests_rejected_total{reason="\#(example.reason)"}"#) == "1")
    #expect(harness.metric(#"aviso_ecpds_access_decisions_total{outcome="error"}"#) == "1")
  }

  @Test("without reply_to is dead-lettered unanswered", arguments: [nil, ""] as [ShortString?])
  func unanswerable(replyTo: ShortString?) async throws {
    let harness = try Harness()
    let channel = FakeChannel()
    await harness.handle(.request { $0.replyTo = replyTo }, on: channel)
    #expect(channel.actions == [.published(routingKey: "aviso.ecpds.requests"), .acknowledged(7)])
    #expect(channel.messages.first?.properties.headers?["x-aviso-ecpds-reason"]?.text == "reply_to_missing")
    #expect(harness.metric(#"aviso_ecpds_requests_rejected_total{reason="reply_to_missing"}"#) == "1")
  }

  @Test("every reason is there at zero from the start")
  func reasonsAtZero() throws {
    let harness = try Harness()
    for example in Self.answerableCases {
      #expect(harness.metric(#"aviso_ecpds_requests_rejected_total{reason="\#(example.reason)"}"#) == "0")
    }
  }

  @Test(
    "content types that mean JSON are accepted",
    arguments: [nil, "", "application/json", "application/json; charset=utf-8", "Application/JSON"] as [String?]
  )
  func acceptedContentTypes(contentType: String?) async throws {
    let channel = FakeChannel()
    await (try Harness()).handle(.request { $0.contentType = contentType.map { ShortString($0) } }, on: channel)
    #expect(channel.messages.first?.text.contains(#""decision":"allow""#) == true)
  }

  @Test("keeps its request id in the answer, even where the envelope is at fault")
  func echoesRequestID() async throws {
    let channel = FakeChannel()
    await (try Harness()).handle(.request { $0.correlationID = nil }, on: channel)
    #expect(channel.messages.last?.text.contains(#""request_id":"r-1""#) == true)
  }

  @Test("of a body that was too large to be kept, the copy has the beginning and says how much it was")
  func truncatedBody() async throws {
    let harness = try Harness()
    let channel = FakeChannel()
    var delivery = Delivery.request("beginning")
    delivery.bodyByteCount = 5_000_000
    await harness.handle(delivery, on: channel)
    #expect(
      channel.actions == [.published(routingKey: "aviso.ecpds.requests"), .published(routingKey: "replies"), .acknowledged(7)]
    )
    let copy = try #require(channel.messages.first)
    #expect(copy.body == Array("beginning".utf8))
    #expect(copy.properties.headers?["x-original-body-bytes"]?.integer == 5_000_000)
    #expect(copy.properties.headers?["x-aviso-ecpds-reason"]?.text == "body_too_large")
    #expect(harness.metric(#"aviso_ecpds_requests_rejected_total{reason="body_too_large"}"#) == "1")
  }

  @Test("a copy of a request whose headers were too many to be kept says how much they were")
  func largeHeaders() async throws {
    let channel = FakeChannel()
    var delivery = Delivery.request("x") { $0.headers = ["traceparent": .string("t")] }
    delivery.originalHeaderByteCount = 20_000
    await (try Harness()).handle(delivery, on: channel)
    let headers = try #require(channel.messages.first?.properties.headers)
    #expect(headers["traceparent"]?.text == "t")
    #expect(headers["x-original-headers-bytes"]?.integer == 20_000)
    #expect(headers["x-aviso-ecpds-reason"]?.text == "not_json")
    #expect(channel.actions.last == .acknowledged(7))
  }

  @Test(
    "a copy that reaches no queue leaves the request to the broker's own dead-lettering",
    arguments: [PublishOutcome.returned(reason: "312"), .nacked]
  )
  func copyRefused(outcome: PublishOutcome) async throws {
    let channel = FakeChannel { $0.exchange.isEmpty ? .success(.confirmed) : .success(outcome) }
    await (try Harness()).handle(.request("x"), on: channel)
    #expect(channel.actions.last == .rejected(7, requeue: false))
  }

  @Test("is neither acknowledged nor rejected when the connection is lost before its copy is confirmed")
  func lost() async throws {
    let channel = FakeChannel { _ in .failure(RabbitMQError(.connectionLost, "gone")) }
    await (try Harness()).handle(.request("x"), on: channel)
    #expect(channel.actions == [.published(routingKey: "aviso.ecpds.requests")])
  }

  @Test("the copy drops what would lose it or send it astray, and keeps the rest")
  func sanitisesCopy() async throws {
    let channel = FakeChannel()
    let delivery = Delivery.request("x") {
      $0.expiration = "100"
      $0.userID = "guest"
      $0.messageID = "m-1"
      $0.type = "t"
      $0.headers = ["CC": .array([.string("elsewhere")]), "BCC": .array([.string("elsewhere")]), "traceparent": .string("kept")]
    }
    await (try Harness()).handle(delivery, on: channel)
    let copy = try #require(channel.messages.first?.properties)
    #expect(copy.expiration == nil)
    #expect(copy.userID == nil)
    #expect(copy.messageID == nil)
    #expect(copy.type == "t")
    #expect(copy.replyTo == "replies")
    #expect(copy.headers?["CC"] == nil)
    #expect(copy.headers?["BCC"] == nil)
    #expect(copy.headers?["traceparent"]?.text == "kept")
    #expect(copy.headers?["x-original-expiration"]?.text == "100")
    #expect(copy.headers?["x-original-user-id"]?.text == "guest")
    #expect(copy.headers?["x-original-message-id"]?.text == "m-1")
  }
}
