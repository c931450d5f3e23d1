/// What a connection knows of its consumer. A pure state machine: what is asked for and what the broker says in, what is to be written and
/// who need not wait any more out.
struct ConsumerState<Waiter> {
  private let plan: ChannelPlan.Consumer?
  /// From the request to consume until the broker has confirmed its end.
  private(set) var isConsuming: Bool
  private var tag = ConnectionSetUp.consumerTag
  private var count = 1
  /// Who waits for that end.
  private var cancellations: [Waiter] = []

  /// - Parameter plan: what the set-up has begun to consume; nil on a connection that only publishes.
  init(_ plan: ChannelPlan.Consumer?) {
    self.plan = plan
    isConsuming = plan != nil
  }

  /// Whether deliveries wait for an acknowledgement.
  var acknowledges: Bool { plan?.acknowledges == true }

  /// To be asked only while it consumes. `waiter` is returned by `end()`.
  mutating func cancel(_ waiter: Waiter) -> Outgoing? {
    cancellations.append(waiter)
    return cancellations.count == 1 ? .cancelConsumer(tag) : nil
  }

  /// Nil where it consumes already, or never did.
  mutating func resume(prefetchCount: UInt16) -> Outgoing? {
    guard !isConsuming, var plan else { return nil }
    isConsuming = true
    // To a quorum queue the same tag would be the same consumer, whose unacknowledged deliveries count against the new prefetch count.
    count += 1
    tag = ShortString("\(ConnectionSetUp.consumerTag)-\(count)")
    plan.prefetchCount = prefetchCount
    return .consume(plan, tag: tag)
  }

  /// No delivery can come any more.
  mutating func end() -> [Waiter] {
    isConsuming = false
    defer { cancellations = [] }
    return cancellations
  }
}
