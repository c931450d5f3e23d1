import Authorization
import Foundation
import RabbitMQClient
import TestSupport
import Testing

/// Messages that no sane caller writes, with a real broker and a real worker: it lives, and all others are answered.
@Suite("Hostile messages", .serialized, .timeLimit(.minutes(3)))
struct HostileMessageTests {
  private func expectAnswers(_ stack: Stack, _ worker: Worker) async throws {
    let client = try await RawClient.open(stack, consuming: ShortString("still.\(UUID().uuidString)"), isOwn: true)
    try await client.ask("alice")
    let reply = try #require(await client.deliveries.first { _ in true })
    #expect(AuthorizationReply(decoding: reply.body).decision == .allow)
    await client.close()
    #expect(await worker.drain() == 0)
  }

  @Test("a valid request with headers nested twenty thousand deep is answered", arguments: ["F", "A"])
  func deepHeaders(kind: String) async throws {
    let stack = try await Stack()
    let worker = try await stack.startWorker()
    let client = try await RawClient.open(stack, consuming: "replies", isOwn: true)
    var properties = RawProperties()
    properties.headers = RawProperties.nested(Character(kind), depth: 20_000)
    properties.correlationID = [0xFF, 0x00]
    properties.replyTo = Array("replies".utf8)
    properties.contentEncoding = Array("gzip".utf8)
    properties.priority = 255
    properties.timestamp = .max
    let body = Array(#"{"username":"alice","identifier":{"destination":"CIP"}}"#.utf8)
    try await RawAMQP.publish(
      port: stack.broker.port,
      virtualHost: stack.virtualHost,
      to: "aviso.ecpds.requests",
      properties,
      body: body
    )
    let reply = try #require(await client.deliveries.first { _ in true })
    #expect(AuthorizationReply(decoding: reply.body).decision == .allow)
    #expect(reply.properties.correlationID == ShortString(bytes: [0xFF, 0x00]))
    await client.close()
    try await expectAnswers(stack, worker)
  }

  @Test("a request whose headers cannot be read at all is set aside after one try", arguments: ["quorum", "classic"])
  func unreadable(queueType: String) async throws {
    let stack = try await Stack()
    let worker = try await stack.startWorker(["amqp.queue_type": queueType])
    try await stack.management.publish(
      "huge",
      to: "aviso.ecpds.requests",
      replyTo: "nobody",
      headers: ["h": String(repeating: "x", count: 300_000)]
    )
    try await worker.waitForEvent("amqp.request.unreadable")
    try await worker.waitForEvent("amqp.connection.established", count: 2)
    try await expectAnswers(stack, worker)
    #expect(worker.events("amqp.request.unreadable").count == 1)
    let letters = try await stack.management.takeMessages(from: "aviso.ecpds.dead-letter")
    #expect(letters.map(\.payload) == ["huge"])
    #expect(letters.first?.deaths.first?.reason == "rejected")
  }

  @Test("a reply to a Direct Reply-to name that no broker made harms nothing else, and its request is done with")
  func inventedReplyName() async throws {
    let stack = try await Stack()
    let worker = try await stack.startWorker()
    let client = try await RawClient.open(stack, consuming: "replies", isOwn: true)
    for name in ["amq.rabbitmq.reply-to.", "amq.rabbitmq.reply-to.x", "amq.rabbitmq.reply-to.g1hkAA==.x"] as [ShortString] {
      try await client.ask("alice") { $0.replyTo = name }
    }
    await client.close()
    try await expectAnswers(stack, worker)
    while try await stack.management.messageCounts()["aviso.ecpds.requests"] != 0 {}
  }
}
