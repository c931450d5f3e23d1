import Testing

@testable import RabbitMQClient

@Suite("Outbox")
struct OutboxTests {
  private var outbox = Outbox()
  private let publication = Outgoing.publish(
    OutgoingMessage(routingKey: "q", isMandatory: true, properties: MessageProperties(), body: [1])
  )

  @Test("where nothing waits anything passes, and what waits holds up all that comes after it")
  mutating func order() {
    #expect(outbox.canPass(publication))
    #expect(!outbox.waitsForSocket)
    outbox.append(publication)
    #expect(!outbox.canPass(.reject(1, requeue: true)))
    #expect(outbox.waitsForSocket)
    outbox.append(.reject(1, requeue: true))
    outbox.removeNext()
    guard case .reject(1, requeue: true)? = outbox.next else {
      Issue.record("\(String(describing: outbox.next)) is next")
      return
    }
    outbox.removeNext()
    #expect(outbox.isEmpty)
    #expect(!outbox.waitsForSocket)
  }

  @Test("while the broker takes no publications, one waits for it and not for the socket; other steps pass where none waits")
  mutating func blocked() {
    outbox.isBlocked = true
    #expect(outbox.canPass(.reject(1, requeue: true)))
    #expect(!outbox.canPass(publication))
    outbox.append(publication)
    outbox.append(.reject(1, requeue: true))
    #expect(outbox.next == nil)
    #expect(!outbox.waitsForSocket)
    #expect(!outbox.canPass(.reject(2, requeue: true)))
    outbox.isBlocked = false
    #expect(outbox.waitsForSocket)
  }

  @Test("the rest of a publication that has begun goes out although the broker takes no new one")
  mutating func begun() {
    outbox.isBlocked = true
    outbox.append(.publishBody([1]))
    #expect(outbox.waitsForSocket)
  }

  @Test("when the connection is over nothing waits, and what was being written is done with")
  mutating func ends() {
    outbox.append(publication)
    outbox.removeAll()
    outbox.removeNext()
    #expect(outbox.isEmpty)
  }
}
