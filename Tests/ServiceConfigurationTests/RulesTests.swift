import Testing

@testable import ServiceConfiguration

@Suite struct RulesTests {
  struct Refusal: Sendable, CustomTestStringConvertible {
    var ecpds: [String: String?] = [:]
    var rest = ""
    let path: String
    let reason: String
    var testDescription: String { "\(path) \(reason) \(ecpds) \(rest)" }

    init(_ path: String, _ value: String?, _ reason: String) {
      ecpds = [path: value]
      self.path = "ecpds.\(path)"
      self.reason = reason
    }

    init(section: String, _ key: String, _ value: String, _ reason: String) {
      rest = "\(section): { \(key): \(value) }\n"
      path = "\(section).\(key)"
      self.reason = reason
    }
  }

  static let texts: [Refusal] =
    ["username", "match_key"].flatMap { key in
      [
        Refusal(key, nil, "is required"),
        Refusal(key, "", "is required"),
        Refusal(key, "~", "is required"),
        Refusal(key, "''", "must not be empty"),
        Refusal(key, "' x'", "must not begin or end with white space"),
        Refusal(key, "\"x\\t\"", "must not begin or end with white space"),
        Refusal(key, "\"\\u00a0x\"", "must not begin or end with white space"),
        Refusal(key, "\"x\\ax\"", "must not hold control characters"),
      ]
    } + [
      Refusal("username", "'a:b'", "must not hold a colon (RFC 7617)"),
      Refusal("username", "\"a\\0b\"", "must not hold control characters"),
      Refusal("password", "''", "must not be empty"),
      Refusal("password", "' x'", "must not begin or end with white space"),
      Refusal("password", "\"x\\n\"", "must not begin or end with white space"),
      Refusal("password", "\"a\\0b\"", "must not hold control characters"),
      Refusal("match_key", "a b", "must not hold white space, / or NUL"),
      Refusal("match_key", "a/b", "must not hold white space, / or NUL"),
      Refusal("match_key", "\"a\\0b\"", "must not hold white space, / or NUL"),
      Refusal("match_key", "\"a\\u2003b\"", "must not hold white space, / or NUL"),
      Refusal("target_field", "''", "must not be empty"),
      Refusal("target_field", "'name '", "must not begin or end with white space"),
      Refusal("partial_outage_policy", "lenient", "must be one of strict, any_success"),
      Refusal("ca_file", "/nonexistent/ca.pem", "cannot be read: No such file or directory"),
      Refusal("ca_file", "''", "must not be empty"),
      Refusal(section: "amqp", "queue_type", "stream", "must be one of quorum, classic"),
      Refusal(section: "amqp", "request_queue", "''", "must not be empty"),
      Refusal(section: "amqp", "request_queue", "amq.requests", "must not begin with amq., which the broker reserves"),
      Refusal(section: "amqp", "request_queue", String(repeating: "q", count: 256), "must not be longer than 255 bytes"),
      Refusal(section: "http", "host", "'[::1]'", "must be a host name or an IP address (IPv6 without brackets)"),
      Refusal(section: "http", "host", "''", "must not be empty"),
      Refusal(section: "logging", "level", "verbose", "must be one of trace, debug, info, notice, warning, error, critical"),
      Refusal(section: "logging", "format", "xml", "must be one of json, text"),
      Refusal(section: "amqp", "url", "https://broker.example", "must have the scheme amqp or amqps"),
    ]

  static let numbers: [Refusal] = [
    ("amqp", "prefetch", 65_535), ("amqp", "heartbeat_seconds", 65_535), ("amqp", "delivery_limit", 1_000_000),
    ("ecpds", "cache_ttl_seconds", 31_536_000), ("ecpds", "max_entries", 10_000_000), ("ecpds", "request_timeout_seconds", 3_600),
    ("ecpds", "connect_timeout_seconds", 3_600), ("ecpds", "max_connections_per_server", 10_000), ("http", "port", 65_535),
    ("worker", "drain_timeout_seconds", 86_400), ("worker", "max_waiting", 65_534), ("worker", "max_age_seconds", 86_400),
  ].flatMap { section, key, maximum in
    ["0", "-1", "-0", "010", "0x10", "1_000", String(maximum + 1), "99999999999999999999"].map { value in
      let reason = "must be a whole number from 1 to \(maximum)"
      return section == "ecpds" ? Refusal(key, value, reason) : Refusal(section: section, key, value, reason)
    }
  }

  @Test("A value that breaks a rule is refused with its path and the reason", arguments: texts + numbers)
  func refusal(refusal: Refusal) {
    #expect(complaints(yaml(ecpds: refusal.ecpds, refusal.rest)) == ["\(refusal.path): \(refusal.reason)"])
  }

  @Test("Every numeric key is among those that are tried")
  func everyNumber() {
    let numeric = ConfigurationKey.all.filter { $0.binding.shape == .wholeNumber }.map(\.path)
    #expect(Set(numeric) == Set(Self.numbers.map(\.path)))
  }

  @Test("Waiting requests leave room for others within the prefetch count, and by default take three quarters of it")
  func waitingBelowPrefetch() throws {
    let fault = "worker.max_waiting: must be below amqp.prefetch, which is 10"
    #expect(complaints(yaml("amqp: { prefetch: 10 }\nworker: { max_waiting: 10 }\n")) == [fault])
    #expect(try load(yaml("amqp: { prefetch: 10 }\nworker: { max_waiting: 9 }\n")).maximumWaitingCount == 9)
    #expect(try load(yaml("amqp: { prefetch: 1 }\nworker: { max_waiting: 1 }\n")).maximumWaitingCount == 1)
    #expect(try load(yaml("amqp: { prefetch: 10 }\n")).maximumWaitingCount == 7)
    #expect(try load(yaml("amqp: { prefetch: 1 }\n")).maximumWaitingCount == 1)
  }

  @Test("The ends of a range are inside it")
  func rangeEnds() throws {
    #expect(try load(yaml("amqp: { prefetch: 1 }\n")).amqp.prefetchCount == 1)
    #expect(try load(yaml("amqp: { prefetch: 65535 }\n")).amqp.prefetchCount == 65_535)
  }

  @Test("Certificate and key come together, and files for TLS need amqps://")
  func tlsFiles() throws {
    try withFile(pem.utf8) { file in
      let tls = { (keys: String, scheme: String) in yaml("amqp: { url: '\(scheme)://localhost', tls: { \(keys) } }\n") }
      #expect(
        complaints(tls("certificate_file: \(file)", "amqps"))
          == ["amqp.tls.certificate_file: must come together with amqp.tls.key_file"]
      )
      #expect(
        complaints(tls("key_file: \(file)", "amqps")) == ["amqp.tls.key_file: must come together with amqp.tls.certificate_file"]
      )
      #expect(complaints(tls("certificate_file: \(file), key_file: \(file)", "amqps")).isEmpty)
      #expect(
        complaints(tls("ca_file: \(file)", "amqp")) == [
          "amqp.tls.ca_file: has no effect with amqp://; use amqps:// or leave it out"
        ]
      )
      #expect(complaints(tls("ca_file: \(file)", "amqps")).isEmpty)
      #expect(
        complaints(tls("certificate_file: \(file), key_file: /nonexistent", "amqps"))
          == ["amqp.tls.key_file: cannot be read: No such file or directory"]
      )
    }
  }

  @Test("amqp:// leaves this machine only where allow_plaintext says so")
  func brokerPlaintext() throws {
    let url = { (url: String, more: String) in yaml("amqp: { url: '\(url)'\(more) }\n") }
    let complaint = "amqp.url: must be amqps:// unless the host is loopback or amqp.allow_plaintext is true"
    #expect(complaints(url("amqp://broker.example", "")) == [complaint])
    #expect(complaints(url("amqp://127.0.0.2", "")) == [complaint])
    #expect(complaints(url("amqp://broker.example", ", allow_plaintext: false")) == [complaint])
    #expect(complaints(url("amqp://broker.example", ", allow_plaintext: true")).isEmpty)
    #expect(complaints(url("amqps://broker.example", "")).isEmpty)
    for host in ["127.0.0.1", "[::1]", "localhost", "LOCALHOST"] { #expect(complaints(url("amqp://\(host)", "")).isEmpty) }
  }

  @Test("All faults are reported at once, in the order of the lines")
  func allAtOnce() {
    let text = """
      amqp:
        url: amqp://broker.example
        prefetch: -1
        colour: green
      ecpds:
        username: ' padded'
        servers: [ftp://a.example, https://b.example, http://c.example]
        match_key: a/b
        max_entries: many
      http: on
      """
    #expect(
      faults(text, ["LOGGING_FORMAT": "xml"]).map { "\($0.line ?? 0) \($0.keyPath)" } == [
        "2 amqp.url", "3 amqp.prefetch", "4 amqp.colour", "6 ecpds.username", "7 ecpds.servers[0]", "7 ecpds.servers[2]",
        "8 ecpds.match_key", "9 ecpds.max_entries", "10 http", "0 ecpds.password", "0 logging.format",
      ]
    )
  }
}
