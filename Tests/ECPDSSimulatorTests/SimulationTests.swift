import ECPDSSimulatorData
import NIOCore
import NIOHTTP1
import StrictJSON
import Synchronization
import Testing

@testable import ECPDSSimulator

@Suite("Simulation")
struct SimulationTests {
  private let simulation = TestSimulator.makeSimulation()

  private func list(id: String, authorization: String? = TestSimulator.authorization) throws -> Response {
    try simulation.response(to: TestSimulator.listRequest(id: id, authorization: authorization))
  }

  @Test(
    "a user of the file, a generated one and an unknown one get their lists",
    arguments: [
      ("alice", TestSimulator.aliceAnswer),
      ("zo%C3%AB+%26%20co%2B", #"{"destinationList":[{"name":"ZOE","type":32,"active":true}],"success":"yes"}"#),
      ("nobody", TestSimulator.emptyAnswer),
      ("user-10", TestSimulator.emptyAnswer),
      // "e" and a combining diaeresis: another user than the one above.
      ("zoe%CC%88+%26%20co%2B", TestSimulator.emptyAnswer),
    ]
  )
  func lists(id: String, answer: String) throws {
    let response = try list(id: id)
    #expect(response.status == .ok)
    #expect(response.headers["content-type"] == ["application/json"])
    #expect(response.text == answer)
  }

  @Test("a generated user's list is the one that the rule gives")
  func generatedList() throws {
    let users = GeneratedUsers(prefix: "user-", userCount: 10, destinationsPerUser: 3, distinctDestinationCount: 7, seed: 1)
    let records = users.destinationNames(ofUserAt: 9).map { #"{"name":"\#($0)","type":32,"active":true}"# }
    #expect(try list(id: "user-9").text == #"{"destinationList":[\#(records.joined(separator: ","))],"success":"yes"}"#)
  }

  @Test(
    "without the right credentials the answer is 401 and names the scheme",
    arguments: [nil, "Basic c2VydmljZTp3cm9uZw==", "Bearer c2VydmljZTpwYXNz"]
  )
  func unauthorized(authorization: String?) throws {
    let response = try list(id: "alice", authorization: authorization)
    #expect(response.status == .unauthorized)
    #expect(response.headers["www-authenticate"] == [#"Basic realm="ecpds-simulator""#])
    #expect(!response.text.contains("CIP"))
  }

  @Test(
    "a request without a proper user is answered 400",
    arguments: ["", "?id=", "?user=alice", "?id=%FF", "?id=alice&id=bob", "?id=" + String(repeating: "a", count: 1025)]
  )
  func badRequest(query: String) throws {
    let response = try simulation.response(
      to: Request(method: .GET, uri: TestSimulator.listPath + query, authorization: TestSimulator.authorization)
    )
    #expect(response.status == .badRequest)
  }

  @Test("other methods are refused with those that are allowed", arguments: [HTTPMethod.HEAD, .POST, .DELETE])
  func methodNotAllowed(method: HTTPMethod) throws {
    let response = try simulation.response(to: Request(method: method, uri: TestSimulator.listPath + "?id=alice"))
    #expect(response.status == .methodNotAllowed)
    #expect(response.headers["allow"] == ["GET"])
    #expect(response.body.readableBytes == 0)
    #expect(try simulation.control(method == .DELETE ? .POST : method, "/simulator/faults").status == 405)
  }

  @Test("the list is served at the root and below the path prefix, and nowhere else")
  func pathPrefix() throws {
    let simulation = TestSimulator.makeSimulation(pathPrefix: "/some/prefix")
    func status(_ prefix: String) throws -> HTTPResponseStatus {
      let uri = prefix + TestSimulator.listPath + "?id=alice"
      return try simulation.response(to: Request(method: .GET, uri: uri, authorization: TestSimulator.authorization)).status
    }
    #expect(try status("") == .ok)
    #expect(try status("/some/prefix") == .ok)
    #expect(try status("/some/prefix/") == .notFound)
    #expect(try status("/some") == .notFound)
    #expect(try status("/") == .notFound)
  }

  @Test("requests are counted when they arrive, whatever becomes of them; a reset starts at zero")
  func counts() throws {
    _ = try list(id: "alice")
    _ = try list(id: "alice", authorization: nil)
    for fault in [#"{"hang":true}"#, #"{"reset":true}"#, #"{"status":503}"#, #"{"latency_ms":1000}"#] {
      #expect(try simulation.control(.PUT, "/simulator/faults", fault).status == 204)
      _ = simulation.reply(to: TestSimulator.listRequest(id: "bob"))
    }
    _ = simulation.reply(to: TestSimulator.listRequest(id: ""))
    #expect(try simulation.control(.GET, "/simulator/requests?user=alice").body == #"{"total":7,"users":{"alice":2}}"#)
    #expect(try simulation.control(.GET, "/simulator/requests?user=bob").body == #"{"total":7,"users":{"bob":4}}"#)
    #expect(try simulation.control(.DELETE, "/simulator/requests").status == 204)
    #expect(try simulation.control(.GET, "/simulator/requests").body == #"{"total":0,"users":{}}"#)
  }

  @Test("faults are listed and removed over HTTP, for one user or all; every change is logged")
  func faultEndpoints() throws {
    let log = Mutex<[String]>([])
    let simulation = TestSimulator.makeSimulation { line in log.withLock { $0.append(line) } }
    try simulation.control(.PUT, "/simulator/faults", #"{"status":500}"#)
    try simulation.control(.PUT, "/simulator/faults", #"{"user":"alice","status":503}"#)
    #expect(try simulation.control(.PUT, "/simulator/faults", #"{"user":"alice"}"#).status == 400)
    let listed = try simulation.control(.GET, "/simulator/faults").body
    #expect(listed == #"{"faults":[{"status":500},{"user":"alice","status":503}]}"#)
    try simulation.control(.DELETE, "/simulator/faults?user=alice")
    #expect(try simulation.control(.GET, "/simulator/faults").body == #"{"faults":[{"status":500}]}"#)
    try simulation.control(.DELETE, "/simulator/faults")
    #expect(try simulation.control(.GET, "/simulator/faults").body == #"{"faults":[]}"#)
    #expect(
      log.withLock { $0 } == [
        #"fault set: {"status":500}"#, #"fault set: {"user":"alice","status":503}"#, #"fault removed: {"user":"alice"}"#,
        "all faults removed",
      ]
    )
  }

  @Test("the health endpoint answers 200, whatever faults are on; a path that does not exist 404")
  func health() throws {
    try simulation.control(.PUT, "/simulator/faults", #"{"status":500}"#)
    #expect(try simulation.control(.GET, "/simulator/health").status == 200)
    #expect(try simulation.control(.GET, "/simulator/").status == 404)
  }

  @Test(
    "each body fault spoils the answer in its own way",
    arguments: [
      ("malformed", String(TestSimulator.aliceAnswer.dropLast(12))),
      ("success_no", TestSimulator.aliceAnswer.replacing(#""yes""#, with: #""no""#)),
      ("wrong_type", #"{"destinationList":{"CIP":true},"success":"yes"}"#),
    ]
  )
  func bodyFault(body: String, answer: String) throws {
    try simulation.control(.PUT, "/simulator/faults", #"{"user":"alice","body":"\#(body)"}"#)
    let response = try list(id: "alice")
    #expect(response.status == .ok)
    #expect(response.text == answer)
    #expect(try list(id: "bob").text.contains(#""BAR""#))
  }

  @Test("the body that is not UTF-8 is not UTF-8")
  func notUTF8() throws {
    try simulation.control(.PUT, "/simulator/faults", #"{"body":"not_utf8"}"#)
    #expect(String(validating: try list(id: "alice").body.readableBytesView, as: UTF8.self) == nil)
  }

  @Test("a status fault keeps the list, precedes authentication, and brings the header that belongs to it")
  func statusFault() throws {
    try simulation.control(.PUT, "/simulator/faults", #"{"status":503}"#)
    try simulation.control(.PUT, "/simulator/faults", #"{"user":"alice","status":302}"#)
    #expect(try list(id: "bob", authorization: nil).status == .serviceUnavailable)
    let redirection = try list(id: "alice")
    #expect(redirection.status == .found)
    #expect(redirection.headers["location"] == [TestSimulator.listPath + "?id=alice"])
    #expect(redirection.text == TestSimulator.aliceAnswer)
    try simulation.control(.PUT, "/simulator/faults", #"{"user":"alice","status":401,"body":"success_no"}"#)
    let unauthorized = try list(id: "alice")
    #expect(unauthorized.status == .unauthorized)
    #expect(unauthorized.headers["www-authenticate"].count == 1)
    #expect(unauthorized.text.contains(#""success":"no""#))
  }
}
