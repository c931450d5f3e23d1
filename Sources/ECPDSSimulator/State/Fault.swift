/// A way in which the simulator misbehaves. Members that say nothing leave that part of the ordinary answer as it is.
struct Fault: Sendable, Hashable {
  /// What is sent in place of the destination list. All are sent with the ordinary content type.
  enum Body: String, Sendable, CaseIterable {
    /// The ordinary answer, cut off: no JSON.
    case malformed
    /// The ordinary list with `"success":"no"`.
    case successNo = "success_no"
    /// A list with a name that is not UTF-8.
    case notUTF8 = "not_utf8"
    /// JSON in which the list is an object.
    case wrongType = "wrong_type"
    /// A correct list of more than 200 MB.
    case oversized
  }

  /// What happens to the answer on its way.
  enum Transfer: String, Sendable, CaseIterable {
    /// It never comes; the connection stays open until the client closes it.
    case hang
    /// The connection is reset (TCP RST) instead.
    case reset
    /// The head announces all of it, then half of the body comes, then the end of the connection.
    case partialBody = "partial_body"
  }

  /// How long the answer (or what takes its place) is held back.
  var latency: Duration?
  /// The status, whatever the request; the body stays the ordinary one unless `body` says otherwise. With 401 and the redirections it
  /// comes with the header that belongs to it.
  var status: Int?
  var body: Body?
  var transfer: Transfer?
}

/// Why a request to the control endpoints was refused.
struct ControlError: Error, Hashable {
  enum Code: String, Sendable {
    /// The body or the query is not what the endpoint takes.
    case invalidRequest = "invalid_request"
    /// There are as many faults as the simulator keeps.
    case tooManyFaults = "too_many_faults"
  }

  let code: Code
  let message: String
}
