import RabbitMQClient
import ServiceConfiguration

/// What the worker needs on the broker (contract, section 4), and how it declares what is missing.
struct Topology: Sendable {
  static let deadLetterExchange: ShortString = "aviso.ecpds.dead-letter"
  static let deadLetterQueue: ShortString = "aviso.ecpds.dead-letter"
  /// Where workers tell each other about their caches.
  static let cacheExchange: ShortString = "aviso.ecpds.cache"

  let requestQueue: ShortString
  let queueType: ServiceConfiguration.AMQP.QueueType
  let deliveryLimit: Int
  let declares: Bool

  init(_ configuration: ServiceConfiguration.AMQP) {
    requestQueue = ShortString(configuration.requestQueue)
    queueType = configuration.queueType
    deliveryLimit = configuration.deliveryLimit
    declares = configuration.declaresTopology
  }

  var declarations: [Declaration] {
    let exchange = Declaration.exchange(ExchangeDeclaration(name: Self.deadLetterExchange, type: "fanout", declares: declares))
    let requests = Declaration.queue(QueueDeclaration(name: requestQueue, arguments: requestQueueArguments, declares: declares))
    guard declares else { return [exchange, requests] }
    var deadLetterArguments: FieldTable = ["x-queue-type": .string(queueType.rawValue)]
    // RabbitMQ 4 drops what was delivered twenty times from a quorum queue that says nothing else, and to look is to deliver.
    if queueType == .quorum { deadLetterArguments["x-delivery-limit"] = .int32(.max) }
    let deadLetters = QueueDeclaration(name: Self.deadLetterQueue, arguments: deadLetterArguments)
    return [
      exchange,
      .queue(deadLetters),
      .binding(queue: Self.deadLetterQueue, exchange: Self.deadLetterExchange, routingKey: ""),
      .exchange(ExchangeDeclaration(name: Self.cacheExchange, type: "fanout")),
      requests,
    ]
  }

  private var requestQueueArguments: FieldTable {
    var arguments: FieldTable = [
      "x-queue-type": .string(queueType.rawValue),
      "x-dead-letter-exchange": .string(Self.deadLetterExchange.bytes),
    ]
    if queueType == .quorum {
      arguments["x-delivery-limit"] = .int32(Int32(clamping: deliveryLimit))
      // Dead letters survive a broker that dies between the two queues; RabbitMQ wants the overflow behaviour with it
      // (https://www.rabbitmq.com/docs/quorum-queues#activating-at-least-once-dead-lettering).
      arguments["x-dead-letter-strategy"] = .string("at-least-once")
      arguments["x-overflow"] = .string("reject-publish")
    }
    return arguments
  }
}
