/// What a health or readiness check found.
public enum HealthStatus: Sendable, Hashable {
  case ok
  /// - Parameter reason: One line for people.
  case failing(reason: String)
}

/// The three endpoints and what each of them asks.
struct OperationsEndpoints: Sendable {
  let health: @Sendable () async -> HealthStatus
  let readiness: @Sendable () async -> HealthStatus
  let metrics: @Sendable () async -> String

  /// What to do with a request.
  enum Route: Sendable {
    case answer(OperationsResponse)
    case run(@Sendable () async -> OperationsResponse)
  }

  func route(method: String, target: String) -> Route {
    let run: @Sendable () async -> OperationsResponse
    switch target.prefix(while: { $0 != "?" && $0 != "#" }) {
    case "/healthz": run = { [health] in OperationsResponse(await health()) }
    case "/readyz": run = { [readiness] in OperationsResponse(await readiness()) }
    case "/metrics":
      run = { [metrics] in
        OperationsResponse(status: 200, contentType: "text/plain; version=0.0.4; charset=utf-8", body: await metrics())
      }
    default: return .answer(OperationsResponse(status: 404, body: "not found\n"))
    }
    guard method == "GET" || method == "HEAD" else {
      return .answer(OperationsResponse(status: 405, body: "method not allowed\n", allow: "GET, HEAD"))
    }
    return .run(run)
  }
}

/// A whole response, made before its first byte is sent.
struct OperationsResponse: Sendable, Hashable {
  var status: Int
  var contentType = "text/plain; charset=utf-8"
  var body: String
  /// The `Allow` header, which a 405 must have.
  var allow: String?

  static let requestBodyRefused = OperationsResponse(status: 413, body: "no request body is accepted\n")
  static let timedOut = OperationsResponse(status: 503, body: "timed out\n")
  static let tooManyRequests = OperationsResponse(status: 503, body: "too many requests are waiting\n")
}

extension OperationsResponse {
  init(_ status: HealthStatus) {
    switch status {
    case .ok: self.init(status: 200, body: "ok\n")
    case .failing(let reason): self.init(status: 503, body: reason + "\n")
    }
  }
}
