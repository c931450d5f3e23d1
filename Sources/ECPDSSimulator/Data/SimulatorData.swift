internal import StrictJSON

/// Who may ask the simulator, and what it knows. See ``SimulatorDataReader`` for the file it comes from.
struct SimulatorData: Sendable {
  /// The longest user name, in bytes (section 2 of the contract).
  static let maximumUserNameLength = 1024

  var serviceAccount: BasicCredentials
  var users: [ExactString: [DestinationRecord]] = [:]
  var generatedUsers: GeneratedUsers?

  /// What a user has. One who is unknown has nothing.
  func destinations(ofUser user: ExactString) -> [DestinationRecord] {
    if let destinations = users[user] {
      return destinations
    }
    guard let generatedUsers, let index = generatedUsers.index(ofUser: user.string) else { return [] }
    return generatedUsers.destinationNames(ofUserAt: index).map { DestinationRecord(name: $0) }
  }
}

/// Why a data file cannot be used.
struct SimulatorDataError: Error, Hashable, CustomStringConvertible {
  enum Code: String, Sendable {
    /// The file cannot be read.
    case unreadable
    /// It is not JSON, or a value is of the wrong type.
    case malformed
    /// A key is unknown, missing or holds a value that makes no sense.
    case invalid
  }

  let code: Code
  /// One sentence for each fault: the key's path and what is wrong.
  let faults: [String]

  var message: String { faults.joined(separator: "\n") }
  var description: String { message }
}
