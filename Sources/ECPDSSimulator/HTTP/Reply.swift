internal import NIOCore
internal import NIOHTTP1

/// A request, read to its end.
struct Request {
  var method: HTTPMethod
  var uri: String
  var authorization: String?
  var body: [UInt8] = []
}

/// A whole response, but for the headers that are about the connection.
struct Response {
  var status: HTTPResponseStatus
  var headers: HTTPHeaders = [:]
  var body = ByteBuffer()

  static func json(_ body: ByteBuffer, status: HTTPResponseStatus = .ok) -> Response {
    Response(status: status, headers: ["content-type": "application/json"], body: body)
  }
}

/// What is done about a request, and when.
struct Reply {
  enum Delivery {
    case complete(Response)
    /// Announces the whole response, sends half of its body and closes the connection.
    case partial(Response)
    /// Sends this head, then an ``OversizedBody``.
    case oversized(HTTPResponseStatus, HTTPHeaders)
    case hang
    case reset
  }

  var latency: Duration?
  var delivery: Delivery
}
