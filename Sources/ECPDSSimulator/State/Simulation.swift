internal import ECPDSSimulatorData
internal import NIOCore
internal import NIOHTTP1
internal import StrictJSON

/// The simulated monitor server: what it knows, what was asked, and which faults are on. It answers requests and does no I/O.
///
/// | request | answer |
/// |---|---|
/// | `GET /ecpds/v1/destination/list?id=USER` | the user's list; 401 without the right credentials, 400 without a user |
/// | `PUT /simulator/faults` | 204: switches a fault on (``FaultAssignment``) |
/// | `GET /simulator/faults` | the faults that are on |
/// | `DELETE /simulator/faults[?user=USER]` | 204: switches all off, or the user's own |
/// | `GET /simulator/requests[?user=USER]` | how many lists were asked for (``RequestCounters``) |
/// | `DELETE /simulator/requests` | 204: counts from zero |
/// | `GET /simulator/health` | 200 |
///
/// The endpoints below `/simulator` need no credentials: the program is for tests only, in a network that nobody else reaches.
final class Simulation {
  private static let listPath = "/ecpds/v1/destination/list"
  private static let unauthorizedHeader = ("www-authenticate", #"Basic realm="ecpds-simulator""#)

  private let data: SimulatorData
  /// The answers for the users of the data file.
  private let answers: [ExactString: ByteBuffer]
  private let prefixedListPath: String
  private let log: @Sendable (String) -> Void
  private var faults = FaultBook()
  private var counters = RequestCounters()

  /// Starts without faults, with all counts at zero.
  ///
  /// - Parameters:
  ///   - pathPrefix: a path such as `/some/prefix` below which the list is served too.
  ///   - log: is called with one line for every change of the faults.
  init(data: SimulatorData, pathPrefix: String = "", log: @escaping @Sendable (String) -> Void = { _ in }) {
    self.data = data
    answers = data.users.mapValues { ByteBuffer(bytes: $0.encodedAnswer()) }
    prefixedListPath = pathPrefix + Self.listPath
    self.log = log
  }

  /// What to do about a request.
  func reply(to request: Request) -> Reply {
    let target = RequestTarget(request.uri)
    if target.path == Self.listPath || target.path == prefixedListPath {
      guard request.method == .GET else { return Reply(delivery: .complete(.methodNotAllowed("GET"))) }
      return listReply(to: request, target)
    }
    do throws(ControlError) {
      return Reply(delivery: .complete(try controlResponse(to: request, target)))
    } catch {
      return Reply(delivery: .complete(.failure(.badRequest, error.message)))
    }
  }
}

extension Simulation {
  private func listReply(to request: Request, _ target: RequestTarget) -> Reply {
    let user = Result { () throws(ControlError) in try self.user(in: target) }
    let knownUser = try? user.get()
    counters.record(user: knownUser)
    let isAuthorized = request.authorization.map(data.serviceAccount.matches) ?? false
    let fault = faults.fault(forUser: knownUser)

    if isAuthorized, let knownUser, fault == nil {
      return Reply(delivery: .complete(.json(answer(for: knownUser))))
    }
    let ordinary: Response =
      switch user {
      case _ where !isAuthorized:
        .failure(.unauthorized, "the service account's credentials are required", Self.unauthorizedHeader)
      case .failure(let error): .failure(.badRequest, error.message)
      case .success(let user): .json(answer(for: user))
      }
    guard let fault else { return Reply(delivery: .complete(ordinary)) }
    return Reply(latency: fault.latency, delivery: delivery(of: ordinary, for: knownUser, request.uri, spoiledBy: fault))
  }

  private func user(in target: RequestTarget) throws(ControlError) -> ExactString {
    guard let user = try target.value(ofParameter: "id"), !user.isEmpty else {
      throw ControlError(code: .invalidRequest, message: "the parameter id is missing")
    }
    guard user.utf8.count <= SimulatorData.maximumUserNameLength else {
      throw ControlError(
        code: .invalidRequest,
        message: "the parameter id has more than \(SimulatorData.maximumUserNameLength) bytes"
      )
    }
    return ExactString(user)
  }

  private func answer(for user: ExactString) -> ByteBuffer {
    answers[user] ?? ByteBuffer(bytes: data.destinations(ofUser: user).encodedAnswer())
  }

  private func delivery(
    of ordinary: Response,
    for user: ExactString?,
    _ uri: String,
    spoiledBy fault: Fault
  ) -> Reply.Delivery {
    var response = ordinary
    if let body = fault.body {
      let destinations = user.map(data.destinations) ?? []
      response = .json(body.spoil(destinations))
    } else if fault.status != nil {
      // With a list in it, so that a client that overlooks the status comes to the wrong decision.
      response = .json(user.map(answer) ?? ordinary.body)
    }
    if let status = fault.status {
      response.status = HTTPResponseStatus(statusCode: status)
      switch status {
      case 401: response.headers.add(name: Self.unauthorizedHeader.0, value: Self.unauthorizedHeader.1)
      // A client that follows it comes here again, which the counts show.
      case 300...399: response.headers.add(name: "location", value: uri)
      default: break
      }
    }
    switch fault.transfer {
    case .hang: return .hang
    case .reset: return .reset
    case .partialBody: return .partial(response)
    case nil: return fault.body == .oversized ? .oversized(response.status, response.headers) : .complete(response)
    }
  }
}

extension Simulation {
  private func controlResponse(to request: Request, _ target: RequestTarget) throws(ControlError) -> Response {
    let user = try target.value(ofParameter: "user").map { ExactString($0) }
    switch (target.path, request.method) {
    case ("/simulator/faults", .GET): return .json(ByteBuffer(bytes: faults.encoded()))
    case ("/simulator/faults", .PUT):
      let assignment = try FaultAssignment(decoding: request.body)
      try faults.set(assignment)
      log("fault set: \(assignment)")
    case ("/simulator/faults", .DELETE):
      if let user {
        faults.remove(user: user)
        log("fault removed: \(FaultAssignment(user: user, fault: Fault()))")
      } else {
        faults.removeAll()
        log("all faults removed")
      }
    case ("/simulator/requests", .GET): return .json(ByteBuffer(bytes: counters.encoded(onlyUser: user)))
    case ("/simulator/requests", .DELETE): counters.reset()
    case ("/simulator/health", .GET): return .json(ByteBuffer(string: #"{"status":"ok"}"#))
    case ("/simulator/faults", _): return .methodNotAllowed("GET, PUT, DELETE")
    case ("/simulator/requests", _): return .methodNotAllowed("GET, DELETE")
    case ("/simulator/health", _): return .methodNotAllowed("GET")
    default: return .failure(.notFound, "there is nothing at this path")
    }
    return Response(status: .noContent)
  }
}

extension Fault.Body {
  /// The ordinary answer with this list, spoiled. Of an oversized one only the head matters.
  fileprivate func spoil(_ destinations: [DestinationRecord]) -> ByteBuffer {
    switch self {
    case .malformed: ByteBuffer(bytes: destinations.encodedAnswer().dropLast(12))
    case .successNo: ByteBuffer(bytes: destinations.encodedAnswer(success: "no"))
    case .notUTF8:
      ByteBuffer(
        bytes: Array(#"{"destinationList":[{"name":"C"#.utf8) + [0xC3, 0x28, 0xFF] + #"P","active":true}],"success":"yes"}"#.utf8
      )
    case .wrongType: ByteBuffer(string: #"{"destinationList":{"CIP":true},"success":"yes"}"#)
    case .oversized: ByteBuffer()
    }
  }
}

extension Response {
  fileprivate static func failure(_ status: HTTPResponseStatus, _ message: String, _ header: (String, String)? = nil) -> Response
  {
    var writer = JSONWriter()
    writer.writeObject { $0.writeMember("error", message) }
    var response = Response.json(ByteBuffer(bytes: writer.bytes), status: status)
    if let header {
      response.headers.add(name: header.0, value: header.1)
    }
    return response
  }

  /// Has no body, so that it also answers HEAD.
  fileprivate static func methodNotAllowed(_ allowed: String) -> Response {
    Response(status: .methodNotAllowed, headers: ["allow": allowed])
  }
}
