import Authorization
import StrictJSON

/// What a load run sends.
struct LoadPlan: Sendable {
  enum Users: Sendable {
    case one(String)
    case many(prefix: String, count: Int)
  }

  let count: Int
  let window: Int
  let users: Users
  let matchKey: String
  let destination: String
  let timeout: Duration

  /// The request with the given number, from 0.
  func request(_ number: Int) -> AuthorizationRequest {
    let username =
      switch users {
      case .one(let name): name
      case .many(let prefix, let count): "\(prefix)\(number % count)"
      }
    return AuthorizationRequest(
      username: ExactString(username),
      identifier: [ExactString(matchKey): ExactString(destination)],
      requestID: "load-\(number)"
    )
  }
}
