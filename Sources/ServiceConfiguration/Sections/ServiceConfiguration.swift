/// Everything that can be configured, checked: a value that ``load(contentsOf:environment:)`` returns breaks no rule.
///
/// The defaults stand where the properties are declared, and nowhere else.
public struct ServiceConfiguration: Sendable, Equatable {
  /// The broker and the request queue.
  public var amqp: AMQP
  /// The ECPDS monitor servers, and how their answers are used and kept.
  public var ecpds: ECPDS
  /// For each realm, the roles whose holders see every destination without a look-up.
  public var adminRoles: [String: Set<String>]
  /// The worker process.
  public var worker: Worker
  /// The endpoint for metrics and health.
  public var http: HTTP
  /// The log.
  public var logging: Logging

  /// Where each value came from, by the key's path; empty where the configuration was not loaded. Equality counts it.
  var sources: [String: ValueSource] = [:]
  /// Hashes of what the files held when they were last read, by the keys that name them. Equality counts them.
  var fileHashes: [String: Int] = [:]

  /// A configuration that is built in code. No rule is checked.
  public init(
    amqp: AMQP = AMQP(),
    ecpds: ECPDS,
    adminRoles: [String: Set<String>] = [:],
    worker: Worker = Worker(),
    http: HTTP = HTTP(),
    logging: Logging = Logging()
  ) {
    self.amqp = amqp
    self.ecpds = ecpds
    self.adminRoles = adminRoles
    self.worker = worker
    self.http = http
    self.logging = logging
  }
}

extension ServiceConfiguration {
  /// How many requests may wait for lists that are being fetched. The rest of the prefetch count is for requests of cached users, which
  /// would otherwise wait with them when ECPDS hangs.
  public var maximumWaitingCount: Int {
    worker.maximumWaitingCount ?? max(1, amqp.prefetchCount * 3 / 4)
  }
}

/// Where a value came from.
enum ValueSource: Sendable, Equatable {
  case builtIn
  case file
  case environment(variable: String)
  case passwordFile

  var isEnvironment: Bool {
    if case .environment = self { true } else { false }
  }
}

extension ServiceConfiguration {
  /// Defaults alone, the required values empty: what reading starts from, and what the table of keys shows.
  static var unset: ServiceConfiguration {
    ServiceConfiguration(ecpds: ECPDS(username: "", password: Secret(""), servers: [], matchKey: ""))
  }
}
