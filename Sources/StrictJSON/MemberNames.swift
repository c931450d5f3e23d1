/// The member names seen so far in the objects that are open, to find a name that an object has twice.
///
/// Small objects are searched linearly, in one array for all nesting levels, so that they cost no allocation of their own; a large
/// one gets a hash set. Swift seeds its hashes in every process, so that a sender cannot choose names that collide.
struct MemberNames {
  private static let linearSearchLimit = 16

  private var names: [ExactString] = []

  /// The names of one open object.
  struct Scope {
    fileprivate let start: Int
    fileprivate var set: Set<ExactString>?
  }

  /// Starts the names of an object.
  func open() -> Scope {
    Scope(start: names.count, set: nil)
  }

  /// Notes a name of the innermost open object; false if that object had it already.
  mutating func insert(_ name: ExactString, into scope: inout Scope) -> Bool {
    if scope.set != nil {
      return scope.set?.insert(name).inserted ?? false
    }
    for index in scope.start..<names.count where names[index] == name { return false }
    if names.isEmpty { names.reserveCapacity(Self.linearSearchLimit) }
    names.append(name)
    if names.count - scope.start > Self.linearSearchLimit {
      scope.set = Set(names[scope.start...])
    }
    return true
  }

  /// Forgets the names of the innermost open object.
  mutating func close(_ scope: Scope) {
    names.removeLast(names.count - scope.start)
  }
}
