package import ECPDSSimulatorData
import StrictJSON

/// Which destinations a user has and has not, by the data file that the simulators read too: from it come the questions whose answers
/// are known.
package struct DestinationBook: Sendable {
  private let generatedUsers: GeneratedUsers?
  /// The active destinations of the users that the file names.
  private let activeNames: [ExactString: [ExactString]]
  /// Every destination that the file names, active or not. A user is asked about those of others, and must not get them.
  private let names: [ExactString]
  /// The name of no destination, for a user who has them all.
  private let unknownName: ExactString

  package init(_ data: SimulatorData) {
    generatedUsers = data.generatedUsers
    activeNames = data.users.mapValues { $0.filter(\.isActive).map { ExactString($0.name) } }
    let names = Set(data.users.values.joined().map { ExactString($0.name) })
    self.names = names.sorted()
    var unknownName: ExactString = "nobodys-destination"
    while names.contains(unknownName) { unknownName = ExactString(unknownName.string + "-") }
    self.unknownName = unknownName
  }

  /// Whether there is anything that the user may see.
  func hasDestinations(user: ExactString) -> Bool {
    if let names = activeNames[user] { return !names.isEmpty }
    guard let generatedUsers, generatedUsers.index(ofUser: user.string) != nil else { return false }
    return generatedUsers.destinationsPerUser > 0
  }

  /// A destination that the user may see; nil where there is none.
  func allowedDestination(of user: ExactString, using generator: inout SeededGenerator) -> String? {
    guard hasDestinations(user: user) else { return nil }
    if let names = activeNames[user] { return names[generator.next(below: names.count)].string }
    guard let generatedUsers, let index = generatedUsers.index(ofUser: user.string) else { return nil }
    return generatedUsers.destinationName(at: generator.next(below: generatedUsers.destinationsPerUser), ofUserAt: index)
  }

  /// A destination that the user may not see: one of others', or one of the user's own that is not active, where there is one.
  func deniedDestination(of user: ExactString, using generator: inout SeededGenerator) -> String {
    let generatedCount = generatedUsers?.distinctDestinationCount ?? 0
    guard names.count + generatedCount > 0 else { return unknownName.string }
    // Who has nearly all destinations is not asked about the few others every time.
    for _ in 0..<16 {
      let number = generator.next(below: names.count + generatedCount)
      let name = number < names.count ? names[number].string : GeneratedUsers.destinationName(number: number - names.count + 1)
      if !maySee(user: user, name) { return name }
    }
    return unknownName.string
  }

  private func maySee(user: ExactString, _ name: String) -> Bool {
    if let names = activeNames[user] { return names.contains(ExactString(name)) }
    guard let generatedUsers, let index = generatedUsers.index(ofUser: user.string) else { return false }
    return generatedUsers.hasDestination(named: name, userAt: index)
  }
}
