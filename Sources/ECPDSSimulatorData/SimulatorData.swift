package import StrictJSON

/// Who may ask the simulator, and what it knows. See ``SimulatorDataReader`` for the file it comes from.
package struct SimulatorData: Sendable {
  /// The longest user name, in bytes (section 2 of the contract).
  package static let maximumUserNameLength = 1024

  package var serviceAccount: BasicCredentials
  package var users: [ExactString: [DestinationRecord]]
  package var generatedUsers: GeneratedUsers?

  package init(
    serviceAccount: BasicCredentials,
    users: [ExactString: [DestinationRecord]] = [:],
    generatedUsers: GeneratedUsers? = nil
  ) {
    self.serviceAccount = serviceAccount
    self.users = users
    self.generatedUsers = generatedUsers
  }

  /// What a user has. One who is unknown has nothing.
  package func destinations(ofUser user: ExactString) -> [DestinationRecord] {
    if let destinations = users[user] {
      return destinations
    }
    guard let generatedUsers, let index = generatedUsers.index(ofUser: user.string) else { return [] }
    return generatedUsers.destinationNames(ofUserAt: index).map { DestinationRecord(name: $0) }
  }
}

/// Why a data file cannot be used.
package struct SimulatorDataError: Error, Hashable, CustomStringConvertible {
  package enum Code: String, Sendable {
    /// The file cannot be read.
    case unreadable
    /// It is not JSON, or a value is of the wrong type.
    case malformed
    /// A key is unknown, missing or holds a value that makes no sense.
    case invalid
  }

  package let code: Code
  /// One sentence for each fault: the key's path and what is wrong.
  package let faults: [String]

  package init(code: Code, faults: [String]) {
    self.code = code
    self.faults = faults
  }

  package var message: String { faults.joined(separator: "\n") }
  package var description: String { message }
}
