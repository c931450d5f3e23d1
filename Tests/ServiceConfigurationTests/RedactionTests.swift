import Testing

@testable import ServiceConfiguration

@Suite struct RedactionTests {
  private static let secret = "hunter2"

  private func everyText(of value: some Any) -> String {
    var dumped = ""
    dump(value, to: &dumped)
    return "\(value)" + String(describing: value) + String(reflecting: value) + dumped
  }

  @Test("A secret shows itself in no description, reflection or interpolation, on its own or inside the configuration")
  func descriptions() throws {
    var configuration = try load(
      yaml(ecpds: ["password": Self.secret], "amqp: { url: 'amqp://user:\(Self.secret)@localhost' }\n")
    )
    #expect(configuration.ecpds.password.revealed == Self.secret)
    #expect(configuration.amqp.url.password.revealed == Self.secret)
    for text in [
      everyText(of: configuration), everyText(of: configuration.ecpds), everyText(of: configuration.amqp.url),
      everyText(of: configuration.ecpds.password), everyText(of: Optional(configuration.ecpds.password)),
      configuration.redactedYAML(),
    ] {
      #expect(!text.contains(Self.secret))
      #expect(text.contains(Secret.redaction))
    }
    configuration.sources = [:]
    #expect(!configuration.redactedYAML().contains("#"))
  }

  @Test(
    "No fault repeats a secret, wherever it was written",
    arguments: [
      yaml(ecpds: ["password": "' \(secret)'"]),
      yaml(ecpds: ["password": "[\(secret)]"]),
      yaml(ecpds: ["password": "{ \(secret): x }"]),
      yaml(ecpds: ["password": "{ \(secret): x, \(secret): y }"]),
      yaml(ecpds: ["password": "*\(secret)"]),
      yaml(ecpds: ["password": "\"\(secret)"]),
      yaml(ecpds: ["password": "!\(secret) x"]),
      yaml(ecpds: ["password": nil, "password_file": secret]),
      yaml(ecpds: ["password": nil, "pasword": secret]),
      yaml(ecpds: ["servers": "['https://user:\(secret)@a.example']"]),
      yaml(ecpds: ["servers": "['ftp://user:\(secret)@a.example']"]),
      yaml(ecpds: ["servers": "['https://user:\(secret)@a@b']"]),
      yaml("amqp: { url: 'amqp://user:\(secret)@broker.example' }\n"),
      yaml("amqp: { url: 'amqp://user:\(secret)#@broker.example' }\n"),
      yaml("amqp: { url: 'http://user:\(secret)@broker.example' }\n"),
      yaml("amqp: { url: 'amqp://user:\(secret)@' }\n"),
      "ecpds: { password:\(secret), username: a }\n",
      "ecpds:\n  password: \(secret): x\n",
      "ecpds:\n  username: a\n  password:\(secret)\n  match_key: b\n",
      "ecpds:\n\tpassword: \(secret)\n",
    ]
  )
  func faults(text: String) {
    let error = #expect(throws: ConfigurationError.self) { try load(text) }
    #expect(error.map { !everyText(of: $0).contains(Self.secret) } == true)
  }

  @Test("No fault repeats a secret from the environment")
  func environmentFaults() {
    for variable in ["ECPDS_PASSWORD", "AMQP_URL", "ECPDS_PASSWORD_FILE", "ECPDS_SERVERS", "ADMIN_ROLES"] {
      let error = #expect(throws: ConfigurationError.self) {
        try load(yaml(), [variable: " \(Self.secret)://x:\(Self.secret)@y"])
      }
      #expect(error.map { !everyText(of: $0).contains(Self.secret) } == true)
    }
  }

  @Test("The effective configuration has every key once with its value and where it came from, and reads as YAML")
  func effectiveConfiguration() throws {
    let configuration = try load(
      yaml("amqp: { prefetch: 7, url: 'amqp://u:\(Self.secret)@localhost' }\nadmin_roles: { b: [y, x], a: [z] }\n"),
      ["ECPDS_USERNAME": "a \"quoted\" \\ name", "HTTP_PORT": "8080"]
    )
    let text = configuration.redactedYAML()
    let lines = text.split(separator: "\n").map(String.init)
    #expect(lines.contains("  url: \"amqp://u:[redacted]@localhost:5672/%2F\"  # file"))
    #expect(lines.contains("  prefetch: 7  # file"))
    #expect(lines.contains("  declare: true  # default"))
    #expect(lines.contains("    ca_file: null  # default"))
    #expect(lines.contains("  username: \"a \\\"quoted\\\" \\\\ name\"  # environment ECPDS_USERNAME"))
    #expect(lines.contains("  password: \"[redacted]\"  # file"))
    #expect(lines.contains("  servers: [\"https://monitor.example\"]  # file"))
    #expect(lines.contains("  partial_outage_policy: strict  # default"))
    #expect(lines.contains("admin_roles: {\"a\": [\"z\"], \"b\": [\"x\", \"y\"]}  # file"))
    #expect(lines.contains("  port: 8080  # environment HTTP_PORT"))

    let document = ConfigurationDocument(parsing: text)
    #expect(document.faults.isEmpty)
    #expect(Set(document.lines.keys).isSuperset(of: ConfigurationKey.all.map(\.path)))
    #expect(document.values["ecpds.username"] == .text("a \"quoted\" \\ name"))
  }

  @Test("A password from a file is marked as that")
  func passwordFileSource() throws {
    try withFile("\(Self.secret)\n".utf8) { path in
      let text = try load(yaml(ecpds: ["password": nil, "password_file": path])).redactedYAML()
      #expect(text.contains("  password: \"[redacted]\"  # ecpds.password_file\n  password_file: \"\(path)\"  # file\n"))
      #expect(!text.contains(Self.secret))
    }
  }
}
