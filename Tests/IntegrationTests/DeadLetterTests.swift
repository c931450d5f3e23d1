import Foundation
import RabbitMQClient
import Testing

/// What a caller that breaks the contract sees, and what an operator finds in the dead-letter queue.
@Suite("Invalid requests on the broker", .serialized, .timeLimit(.minutes(3)))
struct DeadLetterTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let reason: String
    var body = Array(#"{"username":"alice","identifier":{"destination":"CIP"}}"#.utf8)
    var contentType: ShortString? = "application/json"
    var correlationID: ShortString? = "c-1"
    var hasReplyTo = true
    var headers: FieldTable?
    /// The copy in the dead-letter queue has only the beginning of the body.
    var isTruncated = false

    init(_ description: String, _ reason: String, _ body: String? = nil) {
      testDescription = description
      self.reason = reason
      if let body { self.body = Array(body.utf8) }
    }
  }

  static let cases: [Case] = {
    var noReplyTo = Case("no reply_to", "reply_to_missing")
    noReplyTo.hasReplyTo = false
    var noCorrelationID = Case("no correlation_id", "correlation_id_missing")
    noCorrelationID.correlationID = nil
    var contentType = Case("unknown content type", "content_type_unsupported")
    contentType.contentType = "application/xml"
    var huge = Case("two megabytes", "body_too_large", String(repeating: "x", count: 2_000_000))
    huge.isTruncated = true
    var manyHeaders = Case("a hundred kilobytes of headers", "not_json", "x")
    manyHeaders.headers = FieldTable(
      entries: (0..<100).map { FieldTable.Entry(key: ShortString("h\($0)"), value: .string(String(repeating: "x", count: 1000))) }
    )
    return [
      Case("not JSON", "not_json", "hello"),
      Case("not UTF-8 text but a control character", "not_json", "\u{1}"),
      Case("over 64 KiB", "body_too_large", #"{"username":"\#(String(repeating: "a", count: 70_000))","identifier":{}}"#),
      Case("twice as much", "body_too_large", String(repeating: "x", count: 131_072)),
      Case("duplicate key", "duplicate_key", #"{"username":"alice","identifier":{"destination":"CIP","destination":"FOO"}}"#),
      Case("wrong type", "wrong_type", #"{"username":"alice","identifier":["destination"]}"#),
      Case("no username", "username_missing", #"{"identifier":{"destination":"CIP"}}"#),
      Case(
        "control character in the username",
        "username_invalid",
        #"{"username":"al\u009fice","identifier":{"destination":"CIP"}}"#
      ),
      Case("no identifier", "identifier_missing", #"{"username":"alice"}"#),
      huge, manyHeaders, noReplyTo, noCorrelationID, contentType,
    ]
  }()

  @Test("is answered deny where it can be, and is in the dead-letter queue with the reason", arguments: cases)
  func deadLetters(_ example: Case) async throws {
    let stack = try await Stack()
    let worker = try await stack.startWorker()
    let replyQueue: ShortString = "replies"
    let asker = try await RawClient.open(stack, consuming: replyQueue, isOwn: true)
    let deadLetters = try await RawClient.deadLetters(of: stack)

    var properties = MessageProperties(
      contentType: example.contentType,
      correlationID: example.correlationID,
      replyTo: example.hasReplyTo ? replyQueue : nil
    )
    properties.headers = example.headers
    #expect(try await asker.publish(example.body, properties) == .confirmed)

    let deadLetter = try #require(await deadLetters.deliveries.first { _ in true })
    let headers = try #require(deadLetter.properties.headers)
    #expect(headers["x-aviso-ecpds-reason"]?.text == example.reason)
    #expect(headers["x-aviso-ecpds-detail"]?.text?.isEmpty == false)
    if example.isTruncated {
      #expect(example.body.starts(with: deadLetter.body))
      #expect(headers["x-original-body-bytes"]?.integer == Int64(example.body.count))
    } else {
      #expect(deadLetter.body == example.body)
    }
    if example.hasReplyTo {
      let reply = try #require(await asker.deliveries.first { _ in true })
      #expect(reply.properties.correlationID == example.correlationID)
      #expect(reply.properties.type == "aviso.ecpds.decision")
      #expect(String(decoding: reply.body, as: UTF8.self).hasPrefix(#"{"decision":"deny","reason":"invalid_request""#))
    }
    #expect(try await worker.metric(#"aviso_ecpds_requests_rejected_total{reason="\#(example.reason)"}"#) == 1)
    await asker.close()
    await deadLetters.close()
    // Nothing is left behind unacknowledged: a second worker would see it again.
    #expect(await worker.drain() == 0)
    #expect(worker.events("auth.ecpds.check.denied").count == 1)
  }

  @Test("a reply to a queue that is gone is counted as returned, and its request is done with")
  func returnedReply() async throws {
    let stack = try await Stack()
    let worker = try await stack.startWorker()
    let client = try await RawClient.open(stack, consuming: "unused", isOwn: true)
    try await client.ask("alice") { $0.replyTo = "no.such.queue" }
    try await worker.waitForEvent("amqp.reply.returned")
    #expect(await worker.drain() == 0)
    let second = try await stack.startWorker()
    #expect(await second.drain() == 0)
    #expect(second.events("auth.ecpds.check.started").isEmpty)
    await client.close()
  }
}
