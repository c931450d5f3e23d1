/// Where the broker is and how to log in.
public struct RabbitMQConfiguration: Sendable, CustomStringConvertible, CustomReflectable {
  /// TLS towards the broker: always verified, 1.2 or later.
  public struct TLS: Sendable {
    /// The certificate authorities to trust, a PEM file.
    public var caFile: String
    /// A client certificate and its key, PEM files.
    public var certificateFile: String?
    public var keyFile: String?

    /// The authorities that the system trusts, where Debian and its relatives keep them.
    public static let systemCAFile = "/etc/ssl/certs/ca-certificates.crt"

    public init(caFile: String = systemCAFile, certificateFile: String? = nil, keyFile: String? = nil) {
      self.caFile = caFile
      self.certificateFile = certificateFile
      self.keyFile = keyFile
    }
  }

  /// How the broker learns who logs in.
  public enum SASLMechanism: String, Sendable {
    /// By user name and password.
    case plain = "PLAIN"
    /// By the client certificate, which the TLS settings must have. User name and password are not used. RabbitMQ: the plugin
    /// `rabbitmq_auth_mechanism_ssl`.
    case external = "EXTERNAL"
  }

  public var host: String
  public var port: Int
  public var virtualHost: String
  public var username: String
  public var password: String
  public var saslMechanism: SASLMechanism
  public var tls: TLS?
  /// The broker is taken for dead after two heartbeats without a sign of it.
  public var heartbeat: Duration
  /// For each step of setting the connection up: TCP and TLS, the login, each answer of the broker. Name resolution has the system's
  /// own limit.
  public var timeout: Duration
  /// What the broker's management pages call the connection.
  public var name: String

  public init(
    host: String,
    port: Int,
    virtualHost: String = "/",
    username: String,
    password: String,
    saslMechanism: SASLMechanism = .plain,
    tls: TLS? = nil,
    heartbeat: Duration = .seconds(10),
    timeout: Duration = .seconds(10),
    name: String
  ) {
    self.host = host
    self.port = port
    self.virtualHost = virtualHost
    self.username = username
    self.password = password
    self.saslMechanism = saslMechanism
    self.tls = tls
    self.heartbeat = heartbeat
    self.timeout = timeout
    self.name = name
  }

  /// Without the password.
  public var description: String {
    let user = saslMechanism == .external ? "" : "\(username)@"
    return "\(tls == nil ? "amqp" : "amqps")://\(user)\(host):\(port) virtual host \(virtualHost)"
  }

  public var customMirror: Mirror { Mirror(self, children: ["description": description]) }
}
