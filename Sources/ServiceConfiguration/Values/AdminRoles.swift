/// `admin_roles` as text, one realm an element: `realm=role|role`. The environment holds the elements separated by commas.
enum AdminRoles {
  static func element(realm: String, roles: [String]) throws(InvalidValue) -> String {
    guard !realm.contains(where: { "=|".contains($0) }) else {
      throw InvalidValue(reason: "must not have = or | in a realm's name")
    }
    guard !roles.contains(where: { $0.contains("|") }) else { throw InvalidValue(reason: "must not have | in a role's name") }
    return realm + "=" + roles.joined(separator: "|")
  }

  static func parse(_ elements: [String]) -> (roles: [String: Set<String>], faults: [InvalidValue]) {
    var roles: [String: Set<String>] = [:]
    var faults: [InvalidValue] = []
    for (index, element) in elements.enumerated() {
      let parts = element.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2 else {
        faults.append(InvalidValue(reason: "must have the form realm=role or realm=role|role", element: "[\(index)]"))
        continue
      }
      let names = parts[1].split(separator: "|", omittingEmptySubsequences: false).map(String.init)
      if let reason = ([parts[0]] + names).lazy.compactMap({ TextRule.firstReason(in: $0, [.notEmpty, .trimmed, .printable]) })
        .first
      {
        faults.append(InvalidValue(reason: "realm and role names \(reason)", element: "[\(index)]"))
      } else if roles.updateValue(Set(names), forKey: parts[0]) != nil {
        faults.append(InvalidValue(reason: "the realm appears more than once", element: "[\(index)]"))
      }
    }
    return (roles, faults)
  }
}
