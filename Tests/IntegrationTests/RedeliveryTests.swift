import Foundation
import RabbitMQClient
import TestSupport
import Testing

/// A request that ends its worker each time, with real workers that are really killed.
@Suite("Redelivery", .serialized, .timeLimit(.minutes(3)))
struct RedeliveryTests {
  private static let poison = "poison"
  private static let innocents = (0..<30).map { "user-\($0)" }
  private static let deliveryLimit = 2

  /// Every request takes a while, so that others are in hand when a worker dies, and the poison takes for ever.
  private func stack() async throws -> Stack {
    let stack = try await Stack()
    for simulator in stack.simulators {
      try await simulator.fault(#"{"latency_ms": 200}"#)
      try await simulator.fault(#"{"user": "\#(Self.poison)", "hang": true}"#)
    }
    return stack
  }

  @Test("what ends its worker each time is set aside alone, the rest is answered", arguments: ["quorum", "classic"])
  func poison(queueType: String) async throws {
    let stack = try await stack()
    let settings = [
      "amqp.queue_type": queueType, "amqp.delivery_limit": "\(Self.deliveryLimit)", "amqp.prefetch": "40",
      "worker.max_waiting": "39",
    ]
    #expect(await (try await stack.startWorker(settings)).drain() == 0)
    let asker = try await RawClient.open(stack, consuming: "replies", isOwn: true)
    let deadLetters = try await RawClient.deadLetters(of: stack)
    for (index, user) in Self.innocents.enumerated() {
      if index == 10 { try await asker.ask(Self.poison) }
      try await asker.ask(user)
    }
    for _ in 0...Self.deliveryLimit {
      let worker = try await stack.startWorker(settings)
      _ = try await worker.process.line {
        $0.contains(#""event_name":"auth.ecpds.check.started""#) && $0.contains(#""username":"\#(Self.poison)""#)
      }
      worker.process.signal(SIGKILL)
      #expect(await worker.process.exitStatus() == 128 + SIGKILL)
    }
    let last = try await stack.startWorker(settings)
    var answered: Set<String> = []
    for await reply in asker.deliveries {
      let user = try #require(reply.properties.correlationID?.description)
      #expect(!String(decoding: reply.body, as: UTF8.self).contains("unavailable"), "\(user)")
      answered.insert(user)
      if answered.count == Self.innocents.count { break }
    }
    #expect(answered == Set(Self.innocents))
    let deadLetter = try #require(await deadLetters.deliveries.first { _ in true })
    #expect(deadLetter.properties.correlationID == ShortString(Self.poison))
    let headers = try #require(deadLetter.properties.headers)
    if queueType == "quorum" {
      guard case .array(let deaths)? = headers["x-death"], case .table(let death)? = deaths.first else {
        Issue.record("no x-death in \(headers)")
        return
      }
      #expect(death["reason"]?.text == "delivery_limit")
    } else {
      #expect(headers["x-aviso-ecpds-reason"]?.text == "delivery_limit")
      try await last.waitForEvent("amqp.request.set_aside")
    }
    // Nothing is left, and nothing else was set aside.
    #expect(await last.drain() == 0)
    #expect(last.events("amqp.request.set_aside").count == (queueType == "quorum" ? 0 : 1))
    while try await stack.management.messageCounts()["aviso.ecpds.requests"] != 0 {}
    await asker.close()
    await deadLetters.close()
    for await other in deadLetters.deliveries { Issue.record("also set aside: \(other.properties)") }
  }

  @Test("the counted copy of a request in a classic queue has what is left of its time, and no more")
  func expiration() async throws {
    let stack = try await stack()
    let settings = ["amqp.queue_type": "classic"]
    #expect(await (try await stack.startWorker(settings)).drain() == 0)
    let asker = try await RawClient.open(stack, consuming: "replies", isOwn: true)
    let sentMillisecondsAgo = 100_000
    try await asker.ask(Self.poison) {
      $0.expiration = "400000"
      $0.timestamp = UInt64(Date().timeIntervalSince1970) - UInt64(sentMillisecondsAgo / 1000)
    }
    // The first loses it, the second makes the copy, takes that, and loses it too.
    for _ in 1...2 {
      let worker = try await stack.startWorker(settings)
      try await worker.waitForEvent("auth.ecpds.check.started")
      worker.process.signal(SIGKILL)
      #expect(await worker.process.exitStatus() == 128 + SIGKILL)
    }
    var copies: [Management.Message] = []
    while copies.isEmpty { copies = try await stack.management.messages(in: "aviso.ecpds.requests") }
    let copy = try #require(copies.first)
    #expect(copies.count == 1)
    // A timestamp is a whole second, which may have been nearly over.
    #expect(try #require(copy.expiration) <= 400_000 - sentMillisecondsAgo + 1000)
    #expect(copy.text("x-original-expiration") == "400000")
    await asker.close()
  }
}
