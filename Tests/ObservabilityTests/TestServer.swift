import Observability

/// A server on a free port of the loopback, for the length of a test's body.
struct TestServer {
  var health: @Sendable () async -> HealthStatus = { .ok }
  var readiness: @Sendable () async -> HealthStatus = { .ok }
  var metrics: @Sendable () async -> String = { "a_total 1\n" }
  var configure: (inout OperationsServer.Configuration) -> Void = { _ in }

  func run<Result: Sendable>(body: (NetworkEndpoint) async throws -> Result) async throws -> Result {
    var configuration = OperationsServer.Configuration(endpoint: NetworkEndpoint(host: "127.0.0.1", port: 0))
    configure(&configuration)
    let server = OperationsServer(configuration: configuration, health: health, readiness: readiness, metrics: metrics)
    return try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await server.run() }
      let result = try await body(try await server.boundAddress)
      group.cancelAll()
      return result
    }
  }
}
