extension ConfigurationKey {
  /// Every key there is, in the order in which they are read and printed.
  static let all: [ConfigurationKey] = amqp + ecpds + others

  // Keys that rules between keys speak of.

  static let url = ConfigurationKey(
    path: "amqp.url",
    binding: .brokerURL(\.amqp.url),
    meaning: "The broker: `amqp://` or `amqps://`, user, password, host, port and virtual host (`/` is written `%2F`)",
    isSecret: true
  )

  static let brokerPasswordFile = ConfigurationKey(
    path: "amqp.password_file",
    binding: .path(\.amqp.passwordFile, [.notEmpty, .printable]),
    meaning: "The file that holds the broker's password, in place of one in `amqp.url`; the rules of `ecpds.password_file`"
  )

  static let saslMechanism = ConfigurationKey(
    path: "amqp.sasl_mechanism",
    binding: .choice(\.amqp.saslMechanism),
    meaning: "How the worker logs in: `plain`, by name and password, or `external`, by its certificate"
  )

  static let caFile = ConfigurationKey(
    path: "amqp.tls.ca_file",
    binding: .path(\.amqp.tls.caFile, [.notEmpty, .printable]),
    meaning: "The authorities (PEM) that the broker's certificate is checked against, in place of the system's"
  )

  static let certificateFile = ConfigurationKey(
    path: "amqp.tls.certificate_file",
    binding: .path(\.amqp.tls.certificateFile, [.notEmpty, .printable]),
    meaning: "The worker's own certificate (PEM); together with `amqp.tls.key_file`"
  )

  static let keyFile = ConfigurationKey(
    path: "amqp.tls.key_file",
    binding: .path(\.amqp.tls.keyFile, [.notEmpty, .printable]),
    meaning: "The key (PEM) of the worker's certificate"
  )

  static let password = ConfigurationKey(
    path: "ecpds.password",
    binding: .secret(\.ecpds.password, TextRule.password),
    meaning: "The service account's password; either this or `ecpds.password_file`",
    isRequired: true,
    isSecret: true
  )

  static let passwordFile = ConfigurationKey(
    path: "ecpds.password_file",
    binding: .path(\.ecpds.passwordFile, [.notEmpty, .printable]),
    meaning: "The file that holds the password, at most 64 KiB; one newline at its end is left out"
  )

  static let ecpdsCAFile = ConfigurationKey(
    path: "ecpds.ca_file",
    binding: .path(\.ecpds.caFile, [.notEmpty, .printable]),
    meaning: "A private certificate authority (PEM), beside the system's"
  )

  static let servers = ConfigurationKey(
    path: "ecpds.servers",
    binding: .servers(\.ecpds.servers),
    meaning: "The base URLs of the ECPDS monitor servers; from the environment separated by commas",
    isRequired: true
  )

  static let maximumWaiting = ConfigurationKey(
    path: "worker.max_waiting",
    binding: .optionalNumber(\.worker.maximumWaitingCount, \.maximumWaitingCount, 1...65_534),
    meaning:
      "How many requests may wait for ECPDS, below `amqp.prefetch`, by default three quarters of it; one more is `overloaded`"
  )

  // The table.

  private static let amqp: [ConfigurationKey] = [
    url,
    brokerPasswordFile,
    saslMechanism,
    ConfigurationKey(
      path: "amqp.allow_plaintext",
      binding: .boolean(\.amqp.allowsPlaintext),
      meaning: "Whether `amqp://` may go to a host that is not loopback"
    ),
    ConfigurationKey(
      path: "amqp.request_queue",
      binding: .text(\.amqp.requestQueue, [.notEmpty, .trimmed, .printable, .queueName]),
      meaning: "The queue that requests arrive in"
    ),
    ConfigurationKey(
      path: "amqp.queue_type",
      binding: .choice(\.amqp.queueType),
      meaning: "The request queue's kind: `quorum` or `classic`"
    ),
    ConfigurationKey(
      path: "amqp.declare",
      binding: .boolean(\.amqp.declaresTopology),
      meaning: "Whether the worker declares queues and exchanges that are missing"
    ),
    ConfigurationKey(
      path: "amqp.prefetch",
      binding: .wholeNumber(\.amqp.prefetchCount, 1...65_535),
      meaning: "How many requests one worker has in hand at most; one at a time while there are some that come again"
    ),
    ConfigurationKey(
      path: "amqp.heartbeat_seconds",
      binding: .seconds(\.amqp.heartbeat, 1...65_535),
      meaning: "The AMQP heartbeat interval"
    ),
    ConfigurationKey(
      path: "amqp.delivery_limit",
      binding: .wholeNumber(\.amqp.deliveryLimit, 1...1_000_000),
      meaning: "How often a request that killed its worker is redelivered before it is dead-lettered"
    ),
    caFile,
    certificateFile,
    keyFile,
  ]

  private static let ecpds: [ConfigurationKey] = [
    ConfigurationKey(
      path: "ecpds.username",
      binding: .text(\.ecpds.username, [.notEmpty, .trimmed, .printable, .withoutColon]),
      meaning: "The service account's name",
      isRequired: true
    ),
    password,
    passwordFile,
    servers,
    ConfigurationKey(
      path: "ecpds.allow_plaintext",
      binding: .boolean(\.ecpds.allowsPlaintext),
      meaning: "Whether `http://` may go to a host that is not loopback"
    ),
    ConfigurationKey(
      path: "ecpds.match_key",
      binding: .text(\.ecpds.matchKey, [.notEmpty, .trimmed, .withoutWhitespaceOrSlash, .printable]),
      meaning: "The field of a request's identifier that names the destination",
      isRequired: true
    ),
    ConfigurationKey(
      path: "ecpds.target_field",
      binding: .text(\.ecpds.targetField, [.notEmpty, .trimmed, .printable]),
      meaning: "The field of an ECPDS record that names the destination"
    ),
    ConfigurationKey(
      path: "ecpds.cache_ttl_seconds",
      binding: .seconds(\.ecpds.cacheTimeToLive, 1...31_536_000),
      meaning: "How long a user's destinations are kept"
    ),
    ConfigurationKey(
      path: "ecpds.max_entries",
      binding: .wholeNumber(\.ecpds.maximumEntryCount, 1...10_000_000),
      meaning: "How many users' destinations are kept"
    ),
    ConfigurationKey(
      path: "ecpds.request_timeout_seconds",
      binding: .seconds(\.ecpds.requestTimeout, 1...3_600),
      meaning: "The longest that one request to ECPDS takes, connection set-up included"
    ),
    ConfigurationKey(
      path: "ecpds.connect_timeout_seconds",
      binding: .seconds(\.ecpds.connectTimeout, 1...3_600),
      meaning: "The longest that DNS, TCP and TLS take together"
    ),
    ConfigurationKey(
      path: "ecpds.max_connections_per_server",
      binding: .wholeNumber(\.ecpds.maximumConnectionsPerServer, 1...10_000),
      meaning: "How many connections one worker opens to one server"
    ),
    ecpdsCAFile,
    ConfigurationKey(
      path: "ecpds.partial_outage_policy",
      binding: .choice(\.ecpds.partialOutagePolicy),
      meaning: "`strict`: every server must succeed; `any_success`: one is enough"
    ),
  ]

  private static let others: [ConfigurationKey] = [
    ConfigurationKey(
      path: "admin_roles",
      binding: .realms(\.adminRoles),
      meaning: "For each realm, the roles that see every destination; from the environment as `realm=role\\|role,realm=role`"
    ),
    ConfigurationKey(
      path: "worker.drain_timeout_seconds",
      binding: .seconds(\.worker.drainTimeout, 1...86_400),
      meaning: "How long the requests in hand may take after SIGTERM or SIGINT"
    ),
    maximumWaiting,
    ConfigurationKey(
      path: "worker.max_age_seconds",
      binding: .seconds(\.worker.maximumRequestAge, 1...86_400),
      meaning: "How old a request with a timestamp and no expiration may be; an older one is answered `expired`"
    ),
    ConfigurationKey(
      path: "worker.probe_requester",
      binding: .boolean(\.worker.probesRequesters),
      meaning: "Whether to ask the broker if a request's sender is still there, before ECPDS is asked; if not, it is `expired`"
    ),
    ConfigurationKey(
      path: "http.enabled",
      binding: .boolean(\.http.isEnabled),
      meaning: "Whether `/metrics`, `/healthz` and `/readyz` are served"
    ),
    ConfigurationKey(
      path: "http.host",
      binding: .text(\.http.host, [.notEmpty, .host]),
      meaning: "The name or address to listen on"
    ),
    ConfigurationKey(
      path: "http.port",
      binding: .wholeNumber(\.http.port, 1...65_535),
      meaning: "The port to listen on"
    ),
    ConfigurationKey(
      path: "logging.level",
      binding: .choice(\.logging.level),
      meaning: "The least severe level that is logged: `trace`, `debug`, `info`, `notice`, `warning`, `error` or `critical`"
    ),
    ConfigurationKey(
      path: "logging.format",
      binding: .choice(\.logging.format),
      meaning: "`json`: one object a line; `text`: for people"
    ),
  ]
}
