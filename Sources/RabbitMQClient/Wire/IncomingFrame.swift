import CRabbitMQ

/// A frame from the broker, of those that arrive on a channel that is set up.
enum IncomingFrame: Equatable {
  case deliver(tag: UInt64, isRedelivered: Bool, exchange: ShortString, routingKey: ShortString)
  case returned(code: UInt16, text: String)
  /// `originalHeaderByteCount` as `Delivery` has it.
  case header(bodyByteCount: UInt64, MessageProperties, originalHeaderByteCount: Int? = nil)
  case body([UInt8])
  case ack(tag: UInt64, isMultiple: Bool)
  case nack(tag: UInt64, isMultiple: Bool)
  case cancel
  case cancelOK
  case channelOpenOK
  case declareOK
  case blocked(reason: String)
  case unblocked
  case channelClose(code: UInt16, text: String)
  case connectionClose(code: UInt16, text: String)
  case heartbeat
  /// A method that a client must ignore or may.
  case other(methodID: UInt32)
}

extension IncomingFrame {
  /// Copies a frame that librabbitmq decoded. Nil for one that has no place on a connection that is set up.
  init?(_ frame: amqp_frame_t) {
    switch Int32(frame.frame_type) {
    case AMQP_FRAME_METHOD: self = IncomingFrame(method: frame.payload.method)
    case AMQP_FRAME_HEADER:
      // Of another class's properties librabbitmq decodes another, smaller structure.
      guard frame.payload.properties.class_id == UInt16(AMQP_BASIC_CLASS), let decoded = frame.payload.properties.decoded else {
        return nil
      }
      let source = decoded.load(as: amqp_basic_properties_t.self)
      var properties = MessageProperties(source)
      let headers = DecodedHeaders(of: source, in: frame.payload.properties.raw)
      properties.headers = headers?.table
      self = .header(
        bodyByteCount: frame.payload.properties.body_size,
        properties,
        originalHeaderByteCount: headers?.originalByteCount
      )
    case AMQP_FRAME_BODY: self = .body([UInt8](frame.payload.body_fragment))
    case AMQP_FRAME_HEARTBEAT: self = .heartbeat
    default: return nil
    }
  }

  private init(method: amqp_method_t) {
    func decoded<T>(_ type: T.Type) -> T { method.decoded.load(as: type) }
    switch method.id {
    case AMQP_BASIC_DELIVER_METHOD:
      let deliver = decoded(amqp_basic_deliver_t.self)
      self = .deliver(
        tag: deliver.delivery_tag,
        isRedelivered: deliver.redelivered != 0,
        exchange: ShortString(deliver.exchange),
        routingKey: ShortString(deliver.routing_key)
      )
    case AMQP_BASIC_RETURN_METHOD:
      let returned = decoded(amqp_basic_return_t.self)
      self = .returned(code: returned.reply_code, text: String(returned.reply_text))
    case AMQP_BASIC_ACK_METHOD:
      let ack = decoded(amqp_basic_ack_t.self)
      self = .ack(tag: ack.delivery_tag, isMultiple: ack.multiple != 0)
    case AMQP_BASIC_NACK_METHOD:
      let nack = decoded(amqp_basic_nack_t.self)
      self = .nack(tag: nack.delivery_tag, isMultiple: nack.multiple != 0)
    case AMQP_BASIC_CANCEL_METHOD: self = .cancel
    case AMQP_BASIC_CANCEL_OK_METHOD: self = .cancelOK
    case AMQP_CHANNEL_OPEN_OK_METHOD: self = .channelOpenOK
    case AMQP_QUEUE_DECLARE_OK_METHOD: self = .declareOK
    case AMQP_CONNECTION_BLOCKED_METHOD: self = .blocked(reason: String(decoded(amqp_connection_blocked_t.self).reason))
    case AMQP_CONNECTION_UNBLOCKED_METHOD: self = .unblocked
    case AMQP_CHANNEL_CLOSE_METHOD:
      let close = decoded(amqp_channel_close_t.self)
      self = .channelClose(code: close.reply_code, text: String(close.reply_text))
    case AMQP_CONNECTION_CLOSE_METHOD:
      let close = decoded(amqp_connection_close_t.self)
      self = .connectionClose(code: close.reply_code, text: String(close.reply_text))
    default: self = .other(methodID: method.id)
    }
  }
}
