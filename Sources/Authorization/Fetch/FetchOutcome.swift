/// How a fetch from ECPDS went, for one server or for all of them together.
public enum FetchOutcome: String, Sendable, Hashable, CaseIterable {
  // In the order of severity, least first: `<` goes by it.

  /// A list came.
  case success
  /// No answer came: name resolution, connection, TLS, time-out.
  case unreachable
  /// A status outside 2xx and 4xx.
  case http5xx = "http_5xx"
  /// A 2xx answer that is not the list that was asked for.
  case invalidResponse = "invalid_response"
  /// A 4xx status other than 401 and 403.
  case http4xx = "http_4xx"
  /// The service account lacks a right.
  case http403 = "http_403"
  /// The service account's credentials are refused.
  case http401 = "http_401"

  /// What a status means, before the body is looked at.
  public init(status: Int) {
    switch status {
    case 200..<300: self = .success
    case 401: self = .http401
    case 403: self = .http403
    case 400..<500: self = .http4xx
    default: self = .http5xx
    }
  }

  private var severity: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// By severity: what needs an operator outranks what passes by itself.
extension FetchOutcome: Comparable {
  public static func < (left: FetchOutcome, right: FetchOutcome) -> Bool {
    left.severity < right.severity
  }

  /// The most severe of several outcomes; `success` of none.
  public static func worst(of outcomes: some Sequence<FetchOutcome>) -> FetchOutcome {
    outcomes.max() ?? .success
  }
}
