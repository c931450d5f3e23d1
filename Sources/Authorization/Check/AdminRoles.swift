import StrictJSON

/// Which roles of which realms may see everything.
struct AdminRoles: Sendable {
  private let rolesByRealm: [ExactString: Set<ExactString>]

  init(_ rolesByRealm: [String: Set<String>]) {
    self.rolesByRealm = Dictionary(
      uniqueKeysWithValues: rolesByRealm.map { (ExactString($0.key), Set($0.value.map { ExactString($0) })) }
    )
  }

  /// Whether the request's realm has one of the request's roles as an administrator's.
  func include(_ request: AuthorizationRequest) -> Bool {
    guard let realm = request.realm, let roles = request.roles, let adminRoles = rolesByRealm[realm] else { return false }
    return roles.contains { adminRoles.contains($0) }
  }
}
