import RabbitMQClient

/// How often workers have had a request in hand and lost it.
///
/// A quorum queue counts that itself and sends the count along. A classic queue only says whether there was a time before, so workers keep
/// the count in a header of their own, on a copy that takes the request's place (``OutgoingMessage/init(recounting:as:in:deadline:now:)``).
struct DeliveryHistory: Equatable {
  /// The broker's count, of a quorum queue.
  static let brokerCountHeader: ShortString = "x-delivery-count"
  /// Our own, of a classic queue.
  static let countHeader: ShortString = "x-aviso-ecpds-delivery-count"

  /// 0 for a request that comes for the first time.
  let lossCount: Int
  /// Whether the message itself carries the count, so that it is not lost with this worker.
  let isCountKept: Bool

  /// - Parameter brokerCounts: whether the queue is one that counts; the header of another queue's message is anybody's.
  init(_ delivery: Delivery, brokerCounts: Bool) {
    let headers = delivery.properties.headers
    if brokerCounts, let count = headers?[Self.brokerCountHeader]?.integer {
      // A broker that does not count every return still says that there was one.
      lossCount = max(Int(clamping: count), delivery.isRedelivered ? 1 : 0)
      isCountKept = true
    } else {
      let count = min(max(Int(clamping: headers?[Self.countHeader]?.integer ?? 0), 0), Int(Int32.max))
      lossCount = count + (delivery.isRedelivered ? 1 : 0)
      isCountKept = !delivery.isRedelivered
    }
  }

  /// - Parameter deliveryLimit: how often a request may be lost before it is set aside.
  func suspicion(deliveryLimit: Int) -> Suspicion {
    switch lossCount {
    case 0: .none
    case 1 where deliveryLimit > 1: .some
    default: .strong
    }
  }
}
