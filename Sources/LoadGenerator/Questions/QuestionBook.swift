import Authorization
import StrictJSON

/// The requests of a run, each a function of the seed and its number, and what each must be answered.
public struct QuestionBook: Sendable {
  private enum Source: Sendable {
    case one(destination: String)
    case known(DestinationBook, RequestMix)
  }

  private let users: UserPicker
  private let source: Source
  private let matchKey: String
  let seed: UInt64

  /// Every request names one destination; the answers are not judged.
  public init(users: UserPicker, destination: String, matchKey: String, seed: UInt64) {
    self.init(users: users, source: .one(destination: destination), matchKey: matchKey, seed: seed)
  }

  /// Requests whose answers are known.
  ///
  /// - Throws: where a user has no destination, and a request that is to be allowed cannot be made.
  package init(
    users: UserPicker,
    destinations: DestinationBook,
    mix: RequestMix,
    matchKey: String,
    seed: UInt64
  ) throws(UserWithoutDestinations) {
    if mix.allowed > 0 {
      for number in 0..<users.count where !destinations.hasDestinations(user: ExactString(users.name(at: number))) {
        throw UserWithoutDestinations(user: users.name(at: number))
      }
    }
    self.init(users: users, source: .known(destinations, mix), matchKey: matchKey, seed: seed)
  }

  private init(users: UserPicker, source: Source, matchKey: String, seed: UInt64) {
    self.users = users
    self.source = source
    self.matchKey = matchKey
    self.seed = seed
  }

  /// Whether the answers are judged.
  var areAnswersKnown: Bool {
    if case .known = source { true } else { false }
  }

  func question(number: Int) -> Question {
    var generator = SeededGenerator(seed: seed, requestNumber: number)
    switch source {
    case .one(let destination):
      return Question(username: users.pick(using: &generator), key: matchKey, value: destination, expectedReason: nil)
    case .known(let destinations, let mix):
      let kind = mix.pick(using: &generator)
      let username = users.pick(using: &generator)
      func question(_ destination: String, _ reason: Reason) -> Question {
        Question(username: username, key: matchKey, value: destination, expectedReason: reason)
      }
      switch kind {
      case .allowed:
        // There is one: `init` has looked.
        let name = destinations.allowedDestination(of: ExactString(username), using: &generator) ?? ""
        return question(name, .destinationInList)
      case .denied:
        return question(destinations.deniedDestination(of: ExactString(username), using: &generator), .destinationNotInList)
      case .missingKey:
        let key = matchKey == "class" ? "stream" : "class"
        return Question(username: username, key: key, value: "od", expectedReason: .matchKeyMissing)
      }
    }
  }

  /// The reason that a request's answer must have, for less than the whole question costs; nil where answers are not judged.
  func expectedReason(number: Int) -> Reason? {
    guard case .known(_, let mix) = source else { return nil }
    var generator = SeededGenerator(seed: seed, requestNumber: number)
    switch mix.pick(using: &generator) {
    case .allowed: return .destinationInList
    case .denied: return .destinationNotInList
    case .missingKey: return .matchKeyMissing
    }
  }
}

/// By the data file there is nothing that the user may see, and the mix has requests that must be allowed.
package struct UserWithoutDestinations: Error, CustomStringConvertible {
  package let user: String

  package var description: String {
    "user '\(user)' has no destination in the data file, so that no request of theirs can be allowed"
  }
}

/// One request, and what it must be answered.
struct Question: Equatable {
  let username: String
  /// The one part of the identifier.
  let key: String
  let value: String
  /// Nil where the answer is not judged.
  let expectedReason: Reason?

  /// The message's body, as `AuthorizationRequest.encoded()` has it, without the detour.
  func encoded(requestID: String) -> [UInt8] {
    var writer = JSONWriter()
    writer.writeObject { writer in
      writer.writeMember("username", username)
      writer.writeName("identifier")
      writer.writeObject { $0.writeMember(key, value) }
      writer.writeMember("request_id", requestID)
    }
    return writer.bytes
  }
}
