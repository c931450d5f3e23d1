import ECPDSSimulatorData
import NIOCore
import NIOHTTP1
import StrictJSON

@testable import ECPDSSimulator

/// A simulator with users that the tests know.
enum TestSimulator {
  /// The header that carries the service account's credentials, `service:pass`.
  static let authorization = "Basic c2VydmljZTpwYXNz"
  static let listPath = "/ecpds/v1/destination/list"
  static let aliceAnswer = """
    {"destinationList":[{"name":"CIP","type":32,"active":true},{"name":"FOO","type":16,"active":true},\
    {"name":"BAR","type":16,"active":false}],"success":"yes"}
    """
  static let emptyAnswer = #"{"destinationList":[],"success":"yes"}"#

  static func makeSimulation(pathPrefix: String = "", log: @escaping @Sendable (String) -> Void = { _ in }) -> Simulation {
    let data = SimulatorData(
      serviceAccount: BasicCredentials(username: "service", password: "pass"),
      users: [
        "alice": [
          DestinationRecord(name: "CIP"), DestinationRecord(name: "FOO", type: 16),
          DestinationRecord(name: "BAR", type: 16, isActive: false),
        ],
        "bob": [DestinationRecord(name: "BAR")],
        "zoë & co+": [DestinationRecord(name: "ZOE")],
      ],
      generatedUsers: GeneratedUsers(prefix: "user-", userCount: 10, destinationsPerUser: 3, distinctDestinationCount: 7, seed: 1)
    )
    return Simulation(data: data, pathPrefix: pathPrefix, log: log)
  }

  static func listRequest(id: String, authorization: String? = authorization) -> Request {
    Request(method: .GET, uri: "\(listPath)?id=\(id)", authorization: authorization)
  }
}

extension Simulation {
  /// The response to a request that is answered at once and whole.
  func response(to request: Request) throws -> Response {
    let reply = reply(to: request)
    guard reply.latency == nil, case .complete(let response) = reply.delivery else { throw UnexpectedReply() }
    return response
  }

  /// The status and the body for a request to a control endpoint.
  @discardableResult
  func control(_ method: HTTPMethod, _ uri: String, _ body: String = "") throws -> (status: Int, body: String) {
    let response = try response(to: Request(method: method, uri: uri, authorization: nil, body: Array(body.utf8)))
    return (Int(response.status.code), response.text)
  }
}

struct UnexpectedReply: Error {}

extension Response {
  var text: String { String(buffer: body) }
}
