import Testing

@testable import ServiceConfiguration

@Suite struct SourcesTests {
  @Test("The environment wins over the file, and the file over the default")
  func precedence() throws {
    let text = yaml("amqp: { prefetch: 2, heartbeat_seconds: 3 }\n")
    let configuration = try load(text, ["AMQP_PREFETCH": "4", "ECPDS_USERNAME": "other"])
    #expect(configuration.amqp.prefetchCount == 4)
    #expect(configuration.amqp.heartbeat == .seconds(3))
    #expect(configuration.amqp.deliveryLimit == 5)
    #expect(configuration.ecpds.username == "other")
  }

  @Test("Everything can come from the environment, with an empty file")
  func environmentAlone() throws {
    let configuration = try load(
      "",
      [
        "ECPDS_USERNAME": "user", "ECPDS_PASSWORD": "pass,word", "ECPDS_SERVERS": "https://a.example,https://b.example/prefix",
        "ECPDS_MATCH_KEY": "destination", "ADMIN_ROLES": "ecmwf=admin|operator,other=admin", "AMQP_DECLARE": "false",
        "LOGGING_LEVEL": "trace",
      ]
    )
    #expect(configuration.ecpds.password.revealed == "pass,word")
    #expect(configuration.ecpds.servers == ["https://a.example", "https://b.example/prefix"])
    #expect(configuration.adminRoles == ["ecmwf": ["admin", "operator"], "other": ["admin"]])
    #expect(!configuration.amqp.declaresTopology)
    #expect(configuration.logging.level == .trace)
  }

  @Test("Each key has its variable", arguments: ConfigurationKey.all.map(\.path))
  func everyVariable(path: String) throws {
    let key = try #require(ConfigurationKey.all.first { $0.path == path })
    let refused = "\u{1}"
    let found = faults(yaml(), [key.environmentVariable: refused])
    #expect(found.contains { $0.keyPath.hasPrefix(path) && $0.variable == key.environmentVariable && $0.line == nil })
  }

  @Test("A variable that is set to nothing is an empty value, not an absent one")
  func emptyVariable() {
    for (path, variable) in [
      ("ecpds.password", "ECPDS_PASSWORD"), ("ecpds.username", "ECPDS_USERNAME"), ("ecpds.servers", "ECPDS_SERVERS"),
      ("ecpds.match_key", "ECPDS_MATCH_KEY"), ("ecpds.ca_file", "ECPDS_CA_FILE"), ("amqp.url", "AMQP_URL"),
    ] {
      let expected = ConfigurationFault(keyPath: path, reason: "must not be empty", variable: variable)
      #expect(faults(yaml(), [variable: ""]) == [expected])
    }
  }

  @Test("An empty ADMIN_ROLES takes the file's roles away")
  func emptyRoles() throws {
    #expect(try load(yaml("admin_roles: { ecmwf: [admin] }\n"), ["ADMIN_ROLES": ""]).adminRoles.isEmpty)
  }

  @Test("A value of the wrong type in the environment is a fault that names key and variable, never the default")
  func wrongTypeInEnvironment() {
    #expect(
      faults(yaml(), ["AMQP_PREFETCH": "many", "HTTP_ENABLED": "yes"]) == [
        ConfigurationFault(keyPath: "amqp.prefetch", reason: "must be a whole number from 1 to 65535", variable: "AMQP_PREFETCH"),
        ConfigurationFault(keyPath: "http.enabled", reason: "must be true or false", variable: "HTTP_ENABLED"),
      ]
    )
  }

  @Test("White space around an element of a list in the environment is refused, not trimmed")
  func whitespaceInEnvironmentList() {
    #expect(
      complaints(yaml(), ["ECPDS_SERVERS": "https://a.example, https://b.example"])
        == ["ecpds.servers[1]: must not begin or end with white space"]
    )
  }

  @Test(
    "A malformed ADMIN_ROLES is refused",
    arguments: [
      ("ecmwf", "admin_roles[0]: must have the form realm=role or realm=role|role"),
      ("ecmwf=", "admin_roles[0]: realm and role names must not be empty"),
      ("=admin", "admin_roles[0]: realm and role names must not be empty"),
      ("ecmwf=admin||operator", "admin_roles[0]: realm and role names must not be empty"),
      ("a=b, c=d", "admin_roles[1]: realm and role names must not begin or end with white space"),
      ("a=b,a=c", "admin_roles[1]: the realm appears more than once"),
    ]
  )
  func malformedRoles(value: String, complaint: String) {
    #expect(complaints(yaml(), ["ADMIN_ROLES": value]) == [complaint])
  }

  @Test("A description names the line in the file, or the variable")
  func description() throws {
    let error = #expect(throws: ConfigurationError.self) {
      try load(yaml(ecpds: ["username": nil], "amqp:\n  prefetch: 0\n"), ["HTTP_PORT": "x"])
    }
    #expect(
      error?.description == """
        worker.yaml:6: amqp.prefetch: must be a whole number from 1 to 65535
        worker.yaml: ecpds.username: is required
        environment HTTP_PORT: http.port: must be a whole number from 1 to 65535
        """
    )
  }
}
