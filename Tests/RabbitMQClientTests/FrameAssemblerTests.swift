import Testing

@testable import RabbitMQClient

@Suite("Frame assembler")
struct FrameAssemblerTests {
  private let deliver = IncomingFrame.deliver(tag: 7, isRedelivered: true, exchange: "x", routingKey: "q")

  private func events(maximumBodyByteCount: Int = 100, _ frames: IncomingFrame...) -> [IncomingEvent] {
    var assembler = FrameAssembler(maximumBodyByteCount: maximumBodyByteCount)
    return frames.compactMap { assembler.consume($0) }
  }

  private func delivery(_ events: [IncomingEvent]) throws -> Delivery {
    guard events.count == 1, case .delivery(let delivery) = events[0] else { throw Unexpected(events: events) }
    return delivery
  }

  private struct Unexpected: Error {
    let events: [IncomingEvent]
  }

  @Test("method, header and the pieces of a body become one delivery")
  func assembles() throws {
    let delivery = try delivery(
      events(deliver, .header(bodyByteCount: 5, MessageProperties(correlationID: "c")), .body([1, 2]), .body([3, 4, 5]))
    )
    #expect(delivery.tag == DeliveryTag(7))
    #expect(delivery.isRedelivered)
    #expect(delivery.exchange == "x")
    #expect(delivery.routingKey == "q")
    #expect(delivery.properties.correlationID == "c")
    #expect(delivery.body == [1, 2, 3, 4, 5])
    #expect(!delivery.isBodyTruncated)
  }

  @Test("an empty body needs no body frame")
  func emptyBody() throws {
    #expect(try delivery(events(deliver, .header(bodyByteCount: 0, MessageProperties()))).body.isEmpty)
  }

  @Test("of a body over the limit only the beginning is kept, and the next message is whole")
  func truncatesLargeBody() throws {
    var assembler = FrameAssembler(maximumBodyByteCount: 3)
    var events: [IncomingEvent] = []
    let frames: [IncomingFrame] = [
      deliver, .header(bodyByteCount: 4, MessageProperties()), .body([1, 2]), .body([3, 4]),
      deliver, .header(bodyByteCount: 3, MessageProperties()), .body([5, 6, 7]),
    ]
    for frame in frames { if let event = assembler.consume(frame) { events.append(event) } }
    let first = try delivery(Array(events.prefix(1)))
    #expect(first.body == [1, 2, 3])
    #expect(first.isBodyTruncated)
    #expect(first.bodyByteCount == 4)
    #expect(try delivery(Array(events.dropFirst())).body == [5, 6, 7])
  }

  @Test("a return is told by its message id")
  func returns() {
    var properties = MessageProperties()
    properties.messageID = "12"
    let events = events(.returned(code: 312, text: "NO_ROUTE"), .header(bodyByteCount: 1, properties), .body([1]))
    guard events.count == 1, case .returned("12", "312 NO_ROUTE") = events[0] else {
      Issue.record("\(events)")
      return
    }
  }

  @Test("a blocked connection is told in the middle of a message, which goes on")
  func blockedAmidMessage() throws {
    let events = events(deliver, .blocked(reason: "low on memory"), .header(bodyByteCount: 0, MessageProperties()))
    guard events.count == 2, case .blocked("low on memory") = events[0], case .delivery = events[1] else {
      throw Unexpected(events: events)
    }
  }

  @Test(
    "frames out of order end the connection",
    arguments: [
      [IncomingFrame.body([1])],
      [.header(bodyByteCount: 1, MessageProperties())],
      [.deliver(tag: 1, isRedelivered: false, exchange: "", routingKey: ""), .body([1])],
      [.deliver(tag: 1, isRedelivered: false, exchange: "", routingKey: ""), .ack(tag: 1, isMultiple: false)],
      [.returned(code: 1, text: ""), .header(bodyByteCount: 1, MessageProperties()), .body([1, 2])],
    ]
  )
  func refusesDisorder(frames: [IncomingFrame]) throws {
    var assembler = FrameAssembler(maximumBodyByteCount: 100)
    let last = frames.compactMap { assembler.consume($0) }.last
    guard case .closed(let error) = last else {
      Issue.record("\(String(describing: last))")
      return
    }
    #expect(error.code == .protocolViolation)
  }

  @Test("a channel or connection that the broker closes is told with its words")
  func tellsCloses() {
    guard case .closed(let channel) = events(.channelClose(code: 404, text: "NOT_FOUND")).first,
      case .closed(let connection) = events(.connectionClose(code: 320, text: "CONNECTION_FORCED")).first
    else {
      Issue.record("no close")
      return
    }
    #expect(channel.code == .channelClosed)
    #expect(channel.message == "404 NOT_FOUND")
    #expect(connection.code == .connectionClosed)
    #expect(connection.message == "320 CONNECTION_FORCED")
  }
}
