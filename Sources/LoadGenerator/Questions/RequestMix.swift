/// How many of a run's requests are to be allowed, denied, and without the key that names a destination: whole-number weights.
public struct RequestMix: Sendable, Hashable {
  /// What a request is to be answered.
  enum Kind: Sendable, Hashable, CaseIterable {
    case allowed
    case denied
    case missingKey
  }

  let allowed: Int
  let denied: Int
  let missingKey: Int

  /// What systems like this one see: most users ask for what is theirs.
  public static let standard = RequestMix(checked: (80, 15, 5))

  private static let maximumWeight = 1_000_000

  /// Nil where a weight is negative or over a million, or all are zero.
  public init?(allowed: Int, denied: Int, missingKey: Int) {
    let weights = [allowed, denied, missingKey]
    guard weights.allSatisfy({ (0...Self.maximumWeight).contains($0) }), weights.contains(where: { $0 > 0 }) else { return nil }
    self.init(checked: (allowed, denied, missingKey))
  }

  private init(checked weights: (allowed: Int, denied: Int, missingKey: Int)) {
    (allowed, denied, missingKey) = weights
  }

  /// Reads `allowed=80,denied=15,missing-key=5`; what is left out has the weight 0.
  public init?(_ text: String) {
    var weights: [Substring: Int] = [:]
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let sides = part.split(separator: "=", omittingEmptySubsequences: false)
      guard sides.count == 2, ["allowed", "denied", "missing-key"].contains(sides[0]), let weight = Int(sides[1]),
        weights.updateValue(weight, forKey: sides[0]) == nil
      else { return nil }
    }
    self.init(allowed: weights["allowed"] ?? 0, denied: weights["denied"] ?? 0, missingKey: weights["missing-key"] ?? 0)
  }

  func pick(using generator: inout SeededGenerator) -> Kind {
    let draw = generator.next(below: allowed + denied + missingKey)
    if draw < allowed { return .allowed }
    return draw < allowed + denied ? .denied : .missingKey
  }
}
