import CRabbitMQ

/// Opens the channel of a connection and performs its plan. Blocks; see `ConnectionSetUp`.
struct ChannelSetUp {
  let handle: ConnectionHandle
  private let arena = Arena()

  init(handle: ConnectionHandle) {
    self.handle = handle
  }

  func perform(_ plan: ChannelPlan) throws(RabbitMQError) {
    try open()
    for declaration in plan.declarations { try declare(declaration) }
    if plan.confirmsPublishes {
      amqp_confirm_select(handle.state, handle.channel)
      try check("confirm.select")
    }
    if let consumer = plan.consumer { try consume(consumer) }
  }

  private func open() throws(RabbitMQError) {
    amqp_channel_open(handle.state, handle.channel)
    try check("opening a channel")
  }

  private func declare(_ declaration: Declaration) throws(RabbitMQError) {
    switch declaration {
    case .queue(let queue):
      try declare(what: "queue \(queue.name)", declares: queue.declares) { isPassive throws(RabbitMQError) in
        _ = amqp_queue_declare(
          handle.state,
          handle.channel,
          try arena.bytes(queue.name),
          isPassive ? 1 : 0,
          queue.isDurable ? 1 : 0,
          queue.isExclusive ? 1 : 0,
          0,
          try arena.table(queue.arguments)
        )
      }
    case .exchange(let exchange):
      try declare(what: "exchange \(exchange.name)", declares: exchange.declares) { isPassive throws(RabbitMQError) in
        _ = amqp_exchange_declare(
          handle.state,
          handle.channel,
          try arena.bytes(exchange.name),
          try arena.bytes(exchange.type),
          isPassive ? 1 : 0,
          1,
          0,
          0,
          amqp_empty_table
        )
      }
    case .binding(let queue, let exchange, let routingKey):
      amqp_queue_bind(
        handle.state,
        handle.channel,
        try arena.bytes(queue),
        try arena.bytes(exchange),
        try arena.bytes(routingKey),
        amqp_empty_table
      )
      try check("binding queue \(queue) to exchange \(exchange)")
    }
  }

  /// Looks first, so that a queue that an operator made with other arguments, or a policy, is used and not refused.
  private func declare(
    what: String,
    declares: Bool,
    _ send: (_ isPassive: Bool) throws(RabbitMQError) -> Void
  ) throws(RabbitMQError) {
    try send(true)
    let reply = amqp_get_rpc_reply(handle.state)
    guard declares, reply.isNotFound else { return try check(what, reply) }
    try reopen()
    try send(false)
    try check(what)
  }

  /// After a refusal: the broker has closed the channel.
  private func reopen() throws(RabbitMQError) {
    var closeOK = amqp_channel_close_ok_t()
    let status = amqp_send_method(handle.state, handle.channel, AMQP_CHANNEL_CLOSE_OK_METHOD, &closeOK)
    guard status == AMQP_STATUS_OK.rawValue else { throw .status(status, default: .connectionLost) }
    try open()
  }

  private func consume(_ consumer: ChannelPlan.Consumer) throws(RabbitMQError) {
    amqp_basic_qos(handle.state, handle.channel, 0, consumer.prefetchCount, 0)
    try check("basic.qos")
    amqp_basic_consume(
      handle.state,
      handle.channel,
      try arena.bytes(consumer.queue),
      try arena.bytes(ConnectionSetUp.consumerTag),
      0,
      consumer.acknowledges ? 0 : 1,
      0,
      amqp_empty_table
    )
    try check("consuming from queue \(consumer.queue)")
  }

  private func check(_ what: String, _ reply: amqp_rpc_reply_t? = nil) throws(RabbitMQError) {
    try (reply ?? amqp_get_rpc_reply(handle.state)).check(closedCode: .connectionClosed, context: what)
  }
}

extension amqp_rpc_reply_t {
  /// The broker closed the channel with 404: what was asked for does not exist.
  fileprivate var isNotFound: Bool {
    guard reply_type == AMQP_RESPONSE_SERVER_EXCEPTION, reply.id == AMQP_CHANNEL_CLOSE_METHOD else { return false }
    return reply.decoded.load(as: amqp_channel_close_t.self).reply_code == UInt16(AMQP_NOT_FOUND)
  }
}
