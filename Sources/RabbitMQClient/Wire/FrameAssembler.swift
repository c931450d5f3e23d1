/// What the frames of a channel add up to.
enum IncomingEvent {
  case delivery(Delivery)
  /// A mandatory message came back. Its confirm follows.
  case returned(messageID: ShortString?, reason: String)
  case confirm(tag: UInt64, isMultiple: Bool, isPositive: Bool)
  case cancelled
  case cancelOK
  case blocked(reason: String)
  case unblocked
  /// The channel or the connection is over.
  case closed(RabbitMQError)
}

/// Puts method, header and body frames together. A pure state machine: frames in, events out.
struct FrameAssembler {
  private enum Content {
    case delivery(tag: UInt64, isRedelivered: Bool, exchange: ShortString, routingKey: ShortString)
    case returned(reason: String)
  }

  private enum State {
    case method
    case header(Content)
    case body(Content, Header, received: UInt64)
  }

  private struct Header {
    var properties: MessageProperties
    var originalHeaderByteCount: Int?
    var bodyByteCount: UInt64
  }

  /// AMQP 0-9-1, reply code internal-error.
  private static let internalErrorCode: UInt16 = 541

  private var state = State.method
  /// Not in the state, where every piece of it would be a copy of the whole.
  private var body: [UInt8] = []
  private let maximumBodyByteCount: Int

  /// Of a larger body the rest is read and thrown away as it comes.
  init(maximumBodyByteCount: Int) {
    self.maximumBodyByteCount = maximumBodyByteCount
  }

  mutating func consume(_ frame: IncomingFrame) -> IncomingEvent? {
    switch (state, frame) {
    case (_, .channelClose(let code, let text)): return .closed(RabbitMQError(.channelClosed, "\(code) \(text)"))
    case (_, .connectionClose(let code, let text)):
      return .closed(RabbitMQError(code == Self.internalErrorCode ? .brokerFailed : .connectionClosed, "\(code) \(text)"))
    case (_, .blocked(let reason)): return .blocked(reason: reason)
    case (_, .unblocked): return .unblocked
    case (_, .heartbeat): return nil
    case (.method, _): return consumeMethod(frame)
    case (.header(let content), .header(let bodyByteCount, let properties, let originalHeaderByteCount)):
      let header = Header(
        properties: properties,
        originalHeaderByteCount: originalHeaderByteCount,
        bodyByteCount: bodyByteCount
      )
      state = .body(content, header, received: 0)
      body = []
      return finishIfComplete()
    case (.body(let content, let header, let received), .body(let fragment)):
      let total = received + UInt64(fragment.count)
      guard total <= header.bodyByteCount else { return violation("a body longer than its header says") }
      body.append(contentsOf: fragment.prefix(maximumBodyByteCount - body.count))
      state = .body(content, header, received: total)
      return finishIfComplete()
    default: return violation("\(frame.name) where the rest of a message was due")
    }
  }

  private mutating func consumeMethod(_ frame: IncomingFrame) -> IncomingEvent? {
    switch frame {
    case .deliver(let tag, let isRedelivered, let exchange, let routingKey):
      state = .header(.delivery(tag: tag, isRedelivered: isRedelivered, exchange: exchange, routingKey: routingKey))
      return nil
    case .returned(let code, let text):
      state = .header(.returned(reason: "\(code) \(text)"))
      return nil
    case .ack(let tag, let isMultiple): return .confirm(tag: tag, isMultiple: isMultiple, isPositive: true)
    case .nack(let tag, let isMultiple): return .confirm(tag: tag, isMultiple: isMultiple, isPositive: false)
    case .cancel: return .cancelled
    case .cancelOK: return .cancelOK
    case .header, .body: return violation("\(frame.name) without a method before it")
    // Those that are about the connection are handled in any state.
    case .channelOpenOK, .declareOK, .other, .heartbeat, .blocked, .unblocked, .channelClose, .connectionClose: return nil
    }
  }

  private mutating func finishIfComplete() -> IncomingEvent? {
    guard case .body(let content, let header, let received) = state, received == header.bodyByteCount else { return nil }
    state = .method
    defer { body = [] }
    switch content {
    case .returned(let reason): return .returned(messageID: header.properties.messageID, reason: reason)
    case .delivery(let tag, let isRedelivered, let exchange, let routingKey):
      return .delivery(
        Delivery(
          tag: DeliveryTag(tag),
          isRedelivered: isRedelivered,
          exchange: exchange,
          routingKey: routingKey,
          properties: header.properties,
          originalHeaderByteCount: header.originalHeaderByteCount,
          body: body,
          bodyByteCount: header.bodyByteCount
        )
      )
    }
  }

  /// The delivery whose header is due next.
  var deliveryWithoutHeader: (tag: UInt64, isRedelivered: Bool)? {
    guard case .header(.delivery(let tag, let isRedelivered, _, _)) = state else { return nil }
    return (tag, isRedelivered)
  }

  private func violation(_ message: String) -> IncomingEvent {
    .closed(RabbitMQError(.protocolViolation, "the broker sent \(message)"))
  }
}

extension IncomingFrame {
  fileprivate var name: String {
    switch self {
    case .header: "a content header"
    case .body: "a content body"
    default: "a method"
    }
  }
}
