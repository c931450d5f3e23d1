import CRabbitMQ

extension ConnectionHandle {
  /// Writes one step, for which the caller has made sure that there is room.
  func write(_ outgoing: Outgoing) throws(RabbitMQError) {
    switch outgoing {
    case .acknowledge(let acknowledgement): try acknowledge(acknowledgement)
    case .reject(let tag, let requeue): try reject(tag, requeue: requeue)
    case .publish(let message): try publish(message)
    case .publishHead(let message): try publishHead(message)
    case .publishBody(let piece): try publishBody(piece)
    case .cancelConsumer(let tag): try cancelConsumer(tag)
    case .consume(let consumer, let tag): try consume(consumer, tag: tag)
    case .probe(let step): try probe(step)
    case .deleteQueue(let name): try deleteQueue(name)
    }
  }

  private func acknowledge(_ acknowledgement: AcknowledgementBatch.Acknowledgement) throws(RabbitMQError) {
    try check(amqp_basic_ack(state, channel, acknowledgement.tag, acknowledgement.isMultiple ? 1 : 0))
  }

  private func reject(_ tag: UInt64, requeue: Bool) throws(RabbitMQError) {
    try check(amqp_basic_reject(state, channel, tag, requeue ? 1 : 0))
  }

  /// A whole message in one call.
  private func publish(_ message: OutgoingMessage) throws(RabbitMQError) {
    try checkHeartbeat()
    defer { arena.recycle() }
    var properties = try arena.properties(message.properties)
    let exchange = try arena.bytes(message.exchange)
    let routingKey = try arena.bytes(message.routingKey)
    let status = message.body.withUnsafeBytes { body in
      amqp_basic_publish(
        state,
        channel,
        exchange,
        routingKey,
        message.isMandatory ? 1 : 0,
        0,
        &properties,
        amqp_bytes_t(len: body.count, bytes: UnsafeMutableRawPointer(mutating: body.baseAddress))
      )
    }
    try check(status)
  }

  /// The beginning of a message whose body follows in `publishBody`.
  private func publishHead(_ message: OutgoingMessage) throws(RabbitMQError) {
    defer { arena.recycle() }
    var method = amqp_basic_publish_t(
      ticket: 0,
      exchange: try arena.bytes(message.exchange),
      routing_key: try arena.bytes(message.routingKey),
      mandatory: message.isMandatory ? 1 : 0,
      immediate: 0
    )
    var properties = try arena.properties(message.properties)
    try check(amqp_send_method(state, channel, AMQP_BASIC_PUBLISH_METHOD, &method))
    let status = withUnsafeMutablePointer(to: &properties) { decoded in
      var frame = amqp_frame_t()
      frame.frame_type = UInt8(AMQP_FRAME_HEADER)
      frame.channel = channel
      frame.payload.properties.class_id = UInt16(AMQP_BASIC_CLASS)
      frame.payload.properties.body_size = UInt64(message.body.count)
      frame.payload.properties.decoded = UnsafeMutableRawPointer(decoded)
      return amqp_send_frame(state, &frame)
    }
    try check(status)
  }

  /// One more piece of the body.
  private func publishBody(_ piece: ArraySlice<UInt8>) throws(RabbitMQError) {
    let status = piece.withUnsafeBytes { bytes in
      var frame = amqp_frame_t()
      frame.frame_type = UInt8(AMQP_FRAME_BODY)
      frame.channel = channel
      frame.payload.body_fragment = amqp_bytes_t(len: bytes.count, bytes: UnsafeMutableRawPointer(mutating: bytes.baseAddress))
      return amqp_send_frame(state, &frame)
    }
    try check(status)
  }

  /// Asks the broker to end the consumer; it answers with `cancelOK`.
  private func cancelConsumer(_ tag: ShortString) throws(RabbitMQError) {
    defer { arena.recycle() }
    var method = amqp_basic_cancel_t(consumer_tag: try arena.bytes(tag), nowait: 0)
    try check(amqp_send_method(state, channel, AMQP_BASIC_CANCEL_METHOD, &method))
  }

  /// Begins to consume, with a prefetch count that holds for this consumer; the broker's answers carry nothing.
  private func consume(_ consumer: ChannelPlan.Consumer, tag: ShortString) throws(RabbitMQError) {
    defer { arena.recycle() }
    var limit = amqp_basic_qos_t(prefetch_size: 0, prefetch_count: consumer.prefetchCount, global: 0)
    try check(amqp_send_method(state, channel, AMQP_BASIC_QOS_METHOD, &limit))
    var method = try amqp_basic_consume_t(
      ticket: 0,
      queue: arena.bytes(consumer.queue),
      consumer_tag: arena.bytes(tag),
      no_local: 0,
      no_ack: consumer.acknowledges ? 0 : 1,
      exclusive: 0,
      nowait: 0,
      arguments: amqp_empty_table
    )
    try check(amqp_send_method(state, channel, AMQP_BASIC_CONSUME_METHOD, &method))
  }

  /// One step of asking whether a queue exists.
  private func probe(_ step: QueueProbeStep) throws(RabbitMQError) {
    defer { arena.recycle() }
    switch step {
    case .openChannel:
      var method = amqp_channel_open_t(out_of_band: amqp_empty_bytes)
      try check(amqp_send_method(state, probeChannel, AMQP_CHANNEL_OPEN_METHOD, &method))
    case .declarePassively(let queue):
      var method = try amqp_queue_declare_t(
        ticket: 0,
        queue: arena.bytes(queue),
        passive: 1,
        durable: 0,
        exclusive: 0,
        auto_delete: 0,
        nowait: 0,
        arguments: amqp_empty_table
      )
      try check(amqp_send_method(state, probeChannel, AMQP_QUEUE_DECLARE_METHOD, &method))
    case .confirmClose:
      var method = amqp_channel_close_ok_t()
      try check(amqp_send_method(state, probeChannel, AMQP_CHANNEL_CLOSE_OK_METHOD, &method))
    }
  }

  /// Asks the broker to delete a queue; it does not answer.
  private func deleteQueue(_ name: ShortString) throws(RabbitMQError) {
    defer { arena.recycle() }
    var method = try amqp_queue_delete_t(ticket: 0, queue: arena.bytes(name), if_unused: 0, if_empty: 0, nowait: 1)
    try check(amqp_send_method(state, channel, AMQP_QUEUE_DELETE_METHOD, &method))
  }
}
