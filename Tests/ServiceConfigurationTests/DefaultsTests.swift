import Foundation
import Testing

@testable import ServiceConfiguration

@Suite struct DefaultsTests {
  @Test("The required keys are enough, and everything else has the contract's default")
  func defaults() throws {
    let configuration = try load(yaml())
    #expect(configuration.amqp.url.description == "amqp://guest:[redacted]@127.0.0.1:5672/%2F")
    #expect(configuration.amqp.url.password.revealed == "guest")
    #expect(!configuration.amqp.allowsPlaintext)
    #expect(configuration.amqp.requestQueue == "aviso.ecpds.requests")
    #expect(configuration.amqp.queueType == .quorum)
    #expect(configuration.amqp.declaresTopology)
    #expect(configuration.amqp.prefetchCount == 1024)
    #expect(configuration.amqp.heartbeat == .seconds(10))
    #expect(configuration.amqp.deliveryLimit == 5)
    #expect(configuration.amqp.tls == ServiceConfiguration.AMQP.TLS())
    #expect(configuration.amqp.passwordFile == nil)
    #expect(configuration.amqp.saslMechanism == .plain)
    #expect(configuration.ecpds.username == "service-account")
    #expect(configuration.ecpds.password == Secret("hunter2-secret"))
    #expect(configuration.ecpds.servers == ["https://monitor.example"])
    #expect(configuration.ecpds.matchKey == "destination")
    #expect(configuration.ecpds.targetField == "name")
    #expect(configuration.ecpds.cacheTimeToLive == .seconds(300))
    #expect(configuration.ecpds.maximumEntryCount == 10_000)
    #expect(configuration.ecpds.requestTimeout == .seconds(30))
    #expect(configuration.ecpds.connectTimeout == .seconds(5))
    #expect(configuration.ecpds.maximumConnectionsPerServer == 64)
    #expect(configuration.ecpds.partialOutagePolicy == .strict)
    #expect(configuration.ecpds.caFile == nil)
    #expect(configuration.ecpds.passwordFile == nil)
    #expect(!configuration.ecpds.allowsPlaintext)
    #expect(configuration.adminRoles.isEmpty)
    #expect(configuration.worker.drainTimeout == .seconds(30))
    #expect(configuration.maximumWaitingCount == 768)
    #expect(configuration.worker.maximumRequestAge == .seconds(60))
    #expect(!configuration.worker.probesRequesters)
    #expect(configuration.http.isEnabled)
    #expect(configuration.http.host == "127.0.0.1")
    #expect(configuration.http.port == 9464)
    #expect(configuration.logging.level == .info)
    #expect(configuration.logging.format == .json)
  }

  @Test("Every key's value reaches its own property")
  func everyKey() throws {
    try withFiles(["pem": pem, "password": "word\n"]) { folder in
      let file = folder + "/pem"
      let text = yaml(
        ecpds: [
          "allow_plaintext": "true", "target_field": "id", "cache_ttl_seconds": "1", "max_entries": "2",
          "request_timeout_seconds": "3",
          "connect_timeout_seconds": "4", "max_connections_per_server": "5", "ca_file": file,
          "partial_outage_policy": "any_success",
        ],
        """
        amqp:
          url: amqps://user@broker.example/production
          password_file: \(folder)/password
          allow_plaintext: true
          request_queue: requests
          queue_type: classic
          declare: false
          prefetch: 6
          heartbeat_seconds: 7
          delivery_limit: 8
          tls: { ca_file: \(file), certificate_file: \(file), key_file: \(file) }
        admin_roles: { ecmwf: [admin, operator], other: [admin] }
        worker: { drain_timeout_seconds: 9, max_waiting: 5, max_age_seconds: 11, probe_requester: true }
        http: { enabled: false, host: "::1", port: 10 }
        logging: { level: debug, format: text }
        """
      )
      var expected = ServiceConfiguration(
        ecpds: .init(
          username: "service-account",
          password: Secret("hunter2-secret"),
          servers: ["https://monitor.example"],
          matchKey: "destination"
        )
      )
      expected.ecpds.allowsPlaintext = true
      expected.ecpds.targetField = "id"
      expected.ecpds.cacheTimeToLive = .seconds(1)
      expected.ecpds.maximumEntryCount = 2
      expected.ecpds.requestTimeout = .seconds(3)
      expected.ecpds.connectTimeout = .seconds(4)
      expected.ecpds.maximumConnectionsPerServer = 5
      expected.ecpds.caFile = file
      expected.ecpds.certificateAuthorities = Array(pem.utf8)
      expected.ecpds.partialOutagePolicy = .anySuccess
      expected.amqp.url = try AMQPURL(parsing: "amqps://user@broker.example/production")
      expected.amqp.url.password = Secret("word")
      expected.amqp.passwordFile = "\(folder)/password"
      expected.amqp.allowsPlaintext = true
      expected.amqp.requestQueue = "requests"
      expected.amqp.queueType = .classic
      expected.amqp.declaresTopology = false
      expected.amqp.prefetchCount = 6
      expected.amqp.heartbeat = .seconds(7)
      expected.amqp.deliveryLimit = 8
      expected.amqp.tls.caFile = file
      expected.amqp.tls.certificateFile = file
      expected.amqp.tls.keyFile = file
      expected.adminRoles = ["ecmwf": ["admin", "operator"], "other": ["admin"]]
      expected.worker.drainTimeout = .seconds(9)
      expected.worker.maximumWaitingCount = 5
      expected.worker.maximumRequestAge = .seconds(11)
      expected.worker.probesRequesters = true
      expected.http.isEnabled = false
      expected.http.host = "::1"
      expected.http.port = 10
      expected.logging.level = .debug
      expected.logging.format = .text

      var loaded = try load(text)
      loaded.sources = [:]
      loaded.fileHashes = [:]
      #expect(loaded == expected)
    }
  }

  @Test("The example file names every key, loads as it stands, and shows the defaults")
  func exampleFile() throws {
    let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../Config/worker.yaml").standardizedFileURL.path
    let document = ConfigurationDocument(parsing: try String(contentsOfFile: path, encoding: .utf8))
    let example = try ServiceConfiguration.load(contentsOf: path, environment: [:])
    for key in ConfigurationKey.all {
      #expect(document.lines[key.path] != nil, "\(key.path) is not in the example")
      if !key.isRequired {
        #expect(key.binding.render(example) == key.binding.render(.unset), "\(key.path) does not show its default")
      }
    }
  }

  @Test("The table of keys has a row for each key with its variable, default and meaning")
  func keyTable() throws {
    let table = ServiceConfiguration.keyTable()
    #expect(
      table.contains(
        "| `ecpds.cache_ttl_seconds` | `ECPDS_CACHE_TTL_SECONDS` | `300` | How long a user's destinations are kept |"
      )
    )
    #expect(table.contains("| `ecpds.username` | `ECPDS_USERNAME` | required |"))
    #expect(table.contains("| `amqp.tls.ca_file` | `AMQP_TLS_CA_FILE` | none |"))
    #expect(table.split(separator: "\n").count == ConfigurationKey.all.count + 2)
    #expect(ConfigurationKey.all.allSatisfy { !$0.meaning.isEmpty && !$0.meaning.hasSuffix(".") })
    #expect(Set(ConfigurationKey.all.map(\.environmentVariable)).count == ConfigurationKey.all.count)
  }
}
