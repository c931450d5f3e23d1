import RabbitMQClient
import TestSupport
import Testing

/// Dead letters that are put back as the README says.
@Suite("Replay of dead letters", .timeLimit(.minutes(3)))
struct ReplayTests {
  @Test("what was set aside for a cause that has gone is answered; what is at fault itself is set aside again, once")
  func replay() async throws {
    let stack = try await Stack()
    // Declares what there is to declare.
    #expect(try await stack.startWorker().drain() == 0)
    let asker = try await RawClient.open(stack, consuming: "replies", isOwn: true)
    // One that no worker takes in time, and one that is no request.
    try await asker.ask("alice") { $0.expiration = "1" }
    try await waitForDeadLetters(["expired"], in: stack)
    try await asker.publish(Array("hello".utf8), MessageProperties(correlationID: "invalid", replyTo: "replies"))
    let first = try await stack.startWorker()
    try await waitForDeadLetters(["expired", "not_json"], in: stack)
    #expect(await first.drain() == 0)

    try await stack.broker.enable(plugin: "rabbitmq_shovel")
    let worker = try await stack.startWorker()
    let address = "amqp:///\(stack.virtualHost)"
    let shovel = """
      {"src-protocol":"amqp091","src-uri":"\(address)","src-queue":"aviso.ecpds.dead-letter","src-delete-after":"queue-length",\
      "dest-protocol":"amqp091","dest-uri":"\(address)","dest-queue":"aviso.ecpds.requests"}
      """
    try await stack.broker.control(["set_parameter", "-p", stack.virtualHost, "shovel", "replay", shovel])
    let replies = asker.deliveries.filter { $0.properties.correlationID == "alice" }
    let reply = try #require(await replies.first { _ in true })
    #expect(String(decoding: reply.body, as: UTF8.self).hasPrefix(#"{"decision":"allow""#))
    try await waitForDeadLetters(["not_json"], in: stack)
    #expect(await worker.drain() == 0)
    #expect(worker.events("auth.ecpds.check.denied").count == 1)
    await asker.close()
  }

  /// Waits until the dead letters are as many, and were set aside for these reasons.
  private func waitForDeadLetters(_ reasons: [String], in stack: Stack) async throws {
    while true {
      let letters = try await stack.management.messages(in: "aviso.ecpds.dead-letter")
      if letters.map({ $0.deadLetterReason ?? "none" }).sorted() == reasons { return }
      try await Task.sleep(for: .milliseconds(100))
    }
  }
}
