internal import StrictJSON

/// The faults that are switched on: at most one for all users and one for each user. A user's own fault hides the one for all.
struct FaultBook {
  private let maximumUserCount: Int
  private var faultForAll: Fault?
  private var faultsByUser: [ExactString: Fault] = [:]

  /// Starts without faults.
  ///
  /// - Parameter maximumUserCount: for how many users there may be faults at the same time.
  init(maximumUserCount: Int = 10_000) {
    self.maximumUserCount = maximumUserCount
  }

  /// What happens to a request of this user, or to one that names none.
  func fault(forUser user: ExactString?) -> Fault? {
    guard let user, !faultsByUser.isEmpty else { return faultForAll }
    return faultsByUser[user] ?? faultForAll
  }

  /// Switches a fault on, in place of the one that its user (or all) had.
  mutating func set(_ assignment: FaultAssignment) throws(ControlError) {
    guard let user = assignment.user else {
      faultForAll = assignment.fault
      return
    }
    guard faultsByUser[user] != nil || faultsByUser.count < maximumUserCount else {
      throw ControlError(code: .tooManyFaults, message: "there are faults for \(maximumUserCount) users")
    }
    faultsByUser[user] = assignment.fault
  }

  /// Switches everything off.
  mutating func removeAll() {
    faultForAll = nil
    faultsByUser = [:]
  }

  /// Switches a user's own fault off.
  mutating func remove(user: ExactString) {
    faultsByUser[user] = nil
  }

  /// All faults, the one for all users first.
  var assignments: [FaultAssignment] {
    let forAll = faultForAll.map { [FaultAssignment(user: nil, fault: $0)] } ?? []
    return forAll + faultsByUser.map { FaultAssignment(user: $0, fault: $1) }.sorted { $0.userName < $1.userName }
  }

  /// `{"faults":[{"user":"alice","status":503}]}`.
  func encoded() -> [UInt8] {
    var writer = JSONWriter()
    writer.writeObject { writer in
      writer.writeName("faults")
      writer.writeArray { writer in
        for assignment in assignments {
          assignment.encode(into: &writer)
        }
      }
    }
    return writer.bytes
  }
}

extension FaultAssignment {
  fileprivate var userName: String { user?.string ?? "" }
}
