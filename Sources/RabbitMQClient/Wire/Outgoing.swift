/// One step of writing to the broker: small enough to be written whole when the socket has room.
enum Outgoing {
  case acknowledge(AcknowledgementBatch.Acknowledgement)
  case reject(UInt64, requeue: Bool)
  case publish(OutgoingMessage)
  case publishHead(OutgoingMessage)
  case publishBody(ArraySlice<UInt8>)
  case cancelConsumer(ShortString)
  case consume(ChannelPlan.Consumer, tag: ShortString)
  case probe(QueueProbeStep)
  case deleteQueue(ShortString)

  /// A larger body goes out in pieces of this size.
  private static let pieceByteCount = 16 * 1024

  /// The steps that publish a message. They must be written one after another.
  static func publication(of message: OutgoingMessage) -> [Outgoing] {
    let body = message.body
    if body.count <= pieceByteCount { return [.publish(message)] }
    let pieces = stride(from: 0, to: body.count, by: pieceByteCount).map { start in
      Outgoing.publishBody(body[start..<min(start + pieceByteCount, body.count)])
    }
    return [.publishHead(message)] + pieces
  }

  var startsPublication: Bool {
    switch self {
    case .publish, .publishHead: true
    case .acknowledge, .reject, .publishBody, .cancelConsumer, .consume, .probe, .deleteQueue: false
    }
  }

  /// No less than what goes over the wire.
  var byteCount: Int {
    // Eleven short strings, each at most 256 bytes, the fixed fields, and what is around each frame.
    let envelope = 3 * 1024
    switch self {
    case .acknowledge, .reject: return 64
    case .cancelConsumer, .probe, .deleteQueue: return 512
    case .consume: return 1024
    case .publish(let message): return envelope + (message.properties.headers?.byteCount ?? 0) + message.body.count
    case .publishHead(let message): return envelope + (message.properties.headers?.byteCount ?? 0)
    case .publishBody(let piece): return 64 + piece.count
    }
  }
}
