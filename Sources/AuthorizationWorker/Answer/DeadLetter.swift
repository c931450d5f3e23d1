import Authorization
import RabbitMQClient

/// Why a request is set aside: one word for programs, and a sentence for people.
struct DeadLetterReason {
  enum Code: Hashable, CaseIterable, RawRepresentable {
    /// It is no valid request.
    case invalid(AuthorizationRequestError.Code)
    /// The broker refused the reply twice.
    case replyNacked
    /// Workers lost it more often than `amqp.delivery_limit` allows.
    case deliveryLimit

    static let allCases = AuthorizationRequestError.Code.allCases.map { Code.invalid($0) } + [.replyNacked, .deliveryLimit]

    init?(rawValue: String) {
      guard let code = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
      self = code
    }

    var rawValue: String {
      switch self {
      case .invalid(let code): code.rawValue
      case .replyNacked: "reply_nacked"
      case .deliveryLimit: "delivery_limit"
      }
    }
  }

  let code: Code
  let detail: String
}

extension OutgoingMessage {
  /// Tell in a dead-lettered request why it is one.
  static let deadLetterReasonHeader: ShortString = "x-aviso-ecpds-reason"
  static let deadLetterDetailHeader: ShortString = "x-aviso-ecpds-detail"

  /// A copy of a request for the dead-letter queue, with headers that say why.
  init(deadLetterFor delivery: Delivery, _ reason: DeadLetterReason) {
    var properties = MessageProperties(copying: delivery)
    // A request that is put back from there begins anew.
    properties.headers?[DeliveryHistory.countHeader] = nil
    properties.restoreExpiration()
    properties.headers?[Self.deadLetterReasonHeader] = .string(reason.code.rawValue)
    properties.headers?[Self.deadLetterDetailHeader] = .string(reason.detail)
    // An expired copy would be dropped.
    properties.moveToHeader(\.expiration, MessageProperties.originalExpirationHeader)
    properties.deliveryMode = 2
    self.init(
      exchange: Topology.deadLetterExchange,
      routingKey: delivery.routingKey,
      isMandatory: true,
      properties: properties,
      body: delivery.body
    )
  }

  /// A copy of a request for its own queue, which keeps the count of its losses, and what is left of its time.
  ///
  /// - Parameters:
  ///   - deadline: what ``RequestDeadline`` says, and `now` a time, since 1970-01-01 UTC.
  init(
    recounting delivery: Delivery,
    as lossCount: Int,
    in queue: ShortString,
    deadline: Duration?,
    now: Duration
  ) {
    var properties = MessageProperties(copying: delivery)
    if let deadline { properties.limitExpiration(to: deadline, now: now) }
    properties.headers?[DeliveryHistory.countHeader] = .int64(Int64(lossCount))
    self.init(routingKey: queue, isMandatory: true, properties: properties, body: delivery.body)
  }
}
