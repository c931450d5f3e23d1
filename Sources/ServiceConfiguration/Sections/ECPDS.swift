extension ServiceConfiguration {
  /// `ecpds`: the ECPDS monitor servers, and how their answers are used and kept.
  public struct ECPDS: Sendable, Equatable {
    /// The service account's name.
    public var username: String
    /// The service account's password.
    public var password: Secret
    /// The file that ``password`` was read from, where it was.
    public var passwordFile: String?
    /// The base URLs of the servers, as they were given; each has a host, may have a path prefix, and may end in a slash.
    public var servers: [String]
    /// Whether `http://` may go to a host that is not loopback.
    public var allowsPlaintext = false
    /// The field of a request's identifier that names the destination.
    public var matchKey: String
    /// The field of an ECPDS record that names the destination.
    public var targetField = "name"
    /// How long a user's destinations are kept.
    public var cacheTimeToLive = Duration.seconds(300)
    /// How many users' destinations are kept.
    public var maximumEntryCount = 10_000
    /// The longest that one request to ECPDS takes, connection set-up included.
    public var requestTimeout = Duration.seconds(30)
    /// The longest that DNS, TCP and TLS take together.
    public var connectTimeout = Duration.seconds(5)
    /// How many connections one worker opens to one server.
    public var maximumConnectionsPerServer = 64
    /// A private certificate authority (PEM), beside the system's.
    public var caFile: String?
    /// What ``caFile`` held when it was last read.
    public var certificateAuthorities: [UInt8]?
    /// What a server that fails means for the others' answers.
    public var partialOutagePolicy = PartialOutagePolicy.strict

    /// The required values, and defaults for the rest.
    public init(username: String, password: Secret, servers: [String], matchKey: String) {
      self.username = username
      self.password = password
      self.servers = servers
      self.matchKey = matchKey
    }

    /// What a server that fails means for the others' answers.
    public enum PartialOutagePolicy: String, Sendable, CaseIterable {
      /// Every server must succeed.
      case strict
      /// One server that succeeds is enough.
      case anySuccess = "any_success"
    }
  }
}
