/// What a fetch that succeeded leaves in the cache.
public struct FetchedDestinations: Sendable, Hashable {
  /// The union of the servers' lists.
  public let destinations: DestinationSet
  /// The merged outcome: `success`, or the worst failure of a server that the policy could do without.
  public let outcome: FetchOutcome

  /// Makes the result of a fetch.
  public init(destinations: DestinationSet, outcome: FetchOutcome) {
    self.destinations = destinations
    self.outcome = outcome
  }
}

/// Why there is no list, from one server or from all together.
public struct FetchFailure: Error, Sendable, Hashable {
  /// The kind of failure; never `success`.
  public let outcome: FetchOutcome
  /// A sentence for operators, without secrets.
  public let message: String

  /// Makes a failure.
  public init(outcome: FetchOutcome, message: String) {
    self.outcome = outcome
    self.message = message
  }
}

extension FetchFailure: CustomStringConvertible {
  public var description: String { "\(outcome.rawValue): \(message)" }
}
