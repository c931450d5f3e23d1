extension ServiceConfiguration {
  /// `amqp`: the broker and the request queue.
  public struct AMQP: Sendable, Equatable {
    /// The broker's address, the account and the virtual host.
    public var url = AMQPURL()
    /// The file that the URL's password was read from, where it was.
    public var passwordFile: String?
    /// How the broker learns who logs in.
    public var saslMechanism = SASLMechanism.plain
    /// Whether `amqp://` may go to a host that is not loopback.
    public var allowsPlaintext = false
    /// The queue that requests arrive in.
    public var requestQueue = "aviso.ecpds.requests"
    /// The kind of the request queue, where the worker declares it.
    public var queueType = QueueType.quorum
    /// Whether the worker declares what is missing; otherwise it only uses what is there.
    public var declaresTopology = true
    /// How many unacknowledged requests the broker hands to one worker.
    public var prefetchCount = 1024
    /// The AMQP heartbeat interval.
    public var heartbeat = Duration.seconds(10)
    /// How often a request is redelivered before it is dead-lettered: one that kills its worker must not go round for ever.
    public var deliveryLimit = 5
    /// Certificates for `amqps://`.
    public var tls = TLS()

    /// A broker on this machine.
    public init() {}

    /// How the broker learns who logs in.
    public enum SASLMechanism: String, Sendable, CaseIterable {
      /// By the user name and the password.
      case plain
      /// By the worker's certificate.
      case external
    }

    /// The kind of a queue, as RabbitMQ's `x-queue-type` names it.
    public enum QueueType: String, Sendable, CaseIterable {
      /// Replicated.
      case quorum
      /// On one node.
      case classic
    }

    /// `amqp.tls`: PEM files for `amqps://`.
    public struct TLS: Sendable, Equatable {
      /// The authorities that the broker's certificate is checked against, in place of the system's.
      public var caFile: String?
      /// The worker's own certificate, where the broker asks for one.
      public var certificateFile: String?
      /// The key of ``certificateFile``.
      public var keyFile: String?

      /// The system's authorities and no certificate of our own.
      public init() {}
    }
  }
}
