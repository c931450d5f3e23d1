internal import StrictJSON

/// How many destination lists were asked for, counted when a request arrives, whatever becomes of it.
struct RequestCounters {
  private let maximumUserCount: Int
  private(set) var total = 0
  private var countsByUser: [ExactString: Int] = [:]

  /// Starts at zero.
  ///
  /// - Parameter maximumUserCount: how many users are told apart; the requests of others count in the total alone.
  init(maximumUserCount: Int = 1_000_000) {
    self.maximumUserCount = maximumUserCount
  }

  /// Counts a request for this user's list, or one that names no user.
  mutating func record(user: ExactString?) {
    total += 1
    guard let user else { return }
    if countsByUser.count < maximumUserCount {
      countsByUser[user, default: 0] += 1
    } else if let index = countsByUser.index(forKey: user) {
      countsByUser.values[index] += 1
    }
  }

  /// Starts anew.
  mutating func reset() {
    self = RequestCounters(maximumUserCount: maximumUserCount)
  }

  /// How many requests were for this user.
  subscript(user: ExactString) -> Int {
    countsByUser[user] ?? 0
  }

  /// `{"total":3,"users":{"alice":2,"bob":1}}`, in no order; with a user, that one alone.
  func encoded(onlyUser user: ExactString? = nil) -> [UInt8] {
    var writer = JSONWriter()
    writer.writeObject { writer in
      writer.writeName("total")
      writer.write(total)
      writer.writeName("users")
      writer.writeObject { writer in
        for (user, count) in user.map({ [$0: self[$0]] }) ?? countsByUser {
          writer.writeName(user.string)
          writer.write(count)
        }
      }
    }
    return writer.bytes
  }
}
