/// What a connection's channel is set up for before the first message.
public struct ChannelPlan: Sendable {
  /// In this order.
  public var declarations: [Declaration]
  /// Whether `publish` can be used.
  public var confirmsPublishes: Bool
  public var consumer: Consumer?

  public init(declarations: [Declaration] = [], confirmsPublishes: Bool = false, consumer: Consumer? = nil) {
    self.declarations = declarations
    self.confirmsPublishes = confirmsPublishes
    self.consumer = consumer
  }

  public struct Consumer: Sendable {
    public var queue: ShortString
    /// The number of deliveries that may be unacknowledged at a time. Without acknowledgement there is no limit.
    public var prefetchCount: UInt16
    /// False where the broker is to forget a message once it is sent, as Direct Reply-to wants it.
    public var acknowledges: Bool

    public init(queue: ShortString, prefetchCount: UInt16, acknowledges: Bool = true) {
      self.queue = queue
      self.prefetchCount = prefetchCount
      self.acknowledges = acknowledges
    }
  }
}

/// Something on the broker that must be there.
public enum Declaration: Sendable {
  /// Used as it is where it exists, whatever its arguments; declared with these where it does not and `declares` is true.
  case queue(QueueDeclaration)
  case exchange(ExchangeDeclaration)
  case binding(queue: ShortString, exchange: ShortString, routingKey: ShortString)
}

public struct QueueDeclaration: Sendable {
  public var name: ShortString
  /// Survives a restart of the broker.
  public var isDurable: Bool
  /// Belongs to this connection and goes with it.
  public var isExclusive: Bool
  public var arguments: FieldTable
  /// False to use only what is there.
  public var declares: Bool

  public init(
    name: ShortString,
    isDurable: Bool = true,
    isExclusive: Bool = false,
    arguments: FieldTable = [:],
    declares: Bool = true
  ) {
    self.name = name
    self.isDurable = isDurable
    self.isExclusive = isExclusive
    self.arguments = arguments
    self.declares = declares
  }
}

public struct ExchangeDeclaration: Sendable {
  public var name: ShortString
  /// `fanout`, `direct`, `topic` or `headers`.
  public var type: ShortString
  /// False to use only what is there.
  public var declares: Bool

  public init(name: ShortString, type: ShortString, declares: Bool = true) {
    self.name = name
    self.type = type
    self.declares = declares
  }
}
