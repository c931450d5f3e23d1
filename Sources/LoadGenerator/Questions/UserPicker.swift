/// Whom the requests of a run are for.
public struct UserPicker: Sendable {
  /// How often each of many users comes up.
  public enum Distribution: Sendable {
    /// All alike.
    case uniform
    /// The first the most often, by Zipf's law with this exponent.
    case zipf(exponent: Double)
  }

  private enum Choice: Sendable {
    case one(String)
    case uniform(prefix: String, count: Int)
    case zipf(prefix: String, ZipfDistribution)
  }

  private let choice: Choice
  /// How many users there are.
  let count: Int

  /// Every request is for one user.
  public init(user: String) {
    choice = .one(user)
    count = 1
  }

  /// Requests are for `count` users, at least 1: PREFIX0, PREFIX1, …
  public init(prefix: String, count: Int, distribution: Distribution) {
    self.count = count
    switch distribution {
    case .uniform: choice = .uniform(prefix: prefix, count: count)
    case .zipf(let exponent): choice = .zipf(prefix: prefix, ZipfDistribution(count: count, exponent: exponent))
    }
  }

  /// The name of a user, from number 0.
  func name(at number: Int) -> String {
    switch choice {
    case .one(let name): name
    case .uniform(let prefix, _), .zipf(let prefix, _): prefix + String(number)
    }
  }

  func pick(using generator: inout SeededGenerator) -> String {
    switch choice {
    case .one(let name): name
    case .uniform(let prefix, let count): prefix + String(generator.next(below: count))
    case .zipf(let prefix, let distribution): prefix + String(distribution.rank(using: &generator) - 1)
    }
  }
}
