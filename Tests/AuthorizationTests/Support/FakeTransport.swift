import Authorization

/// Answers by host as it is told, notes what it is asked, and can hold its answers back.
actor FakeTransport: HTTPTransport {
  private var answers: [String: Result<HTTPResponse, HTTPTransportError>] = [:]
  private(set) var requests: [HTTPRequest] = []
  private var isHolding = false
  private var held: [CheckedContinuation<Void, Never>] = []
  private var arrivals: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []

  init(_ answers: [String: Result<HTTPResponse, HTTPTransportError>]) {
    self.answers = answers
  }

  func answer(_ host: String, with answer: Result<HTTPResponse, HTTPTransportError>) {
    answers[host] = answer
  }

  func execute(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse {
    requests.append(request)
    for arrival in arrivals where requests.count >= arrival.count {
      arrival.continuation.resume()
    }
    arrivals.removeAll { requests.count >= $0.count }
    if isHolding {
      await withCheckedContinuation { held.append($0) }
    }
    let host = request.url.split(separator: "/", omittingEmptySubsequences: false)[2]
    guard let answer = answers[String(host)] else {
      throw HTTPTransportError(code: .unreachable, message: "no such host")
    }
    return try answer.get()
  }

  /// From now on requests wait for ``release()``.
  func hold() {
    isHolding = true
  }

  func release() {
    isHolding = false
    for continuation in held {
      continuation.resume()
    }
    held = []
  }

  func waitForRequests(_ count: Int) async {
    guard requests.count < count else { return }
    await withCheckedContinuation { arrivals.append((count, $0)) }
  }
}

extension Result<HTTPResponse, HTTPTransportError> {
  static func ok(_ body: String) -> Self {
    .success(HTTPResponse(status: 200, body: Array(body.utf8)))
  }

  static func list(_ names: String...) -> Self {
    let records = names.map { #"{"name":"\#($0)","type":16,"active":true}"# }
    return .ok(#"{"destinationList":[\#(records.joined(separator: ","))],"success":"yes"}"#)
  }

  static func status(_ status: Int) -> Self {
    .success(HTTPResponse(status: status, body: []))
  }

  static func error(_ code: HTTPTransportError.Code, status: Int? = nil) -> Self {
    .failure(HTTPTransportError(code: code, message: "as told", status: status))
  }
}
