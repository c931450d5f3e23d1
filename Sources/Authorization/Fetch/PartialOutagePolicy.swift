/// What a user's list is when only some of the servers give one.
public enum PartialOutagePolicy: String, Sendable, Hashable, CaseIterable {
  /// Every server must succeed.
  case strict
  /// One server is enough.
  case anySuccess = "any_success"

  /// Makes one result of what the servers answered: the union of their lists, or the worst failure. The outcome is that of the worst
  /// failure also where the policy lets the fetch succeed.
  public func merge(_ results: [Result<DestinationSet, FetchFailure>]) -> Result<FetchedDestinations, FetchFailure> {
    var sets: [DestinationSet] = []
    var worst: FetchFailure?
    for result in results {
      switch result {
      case .success(let destinations):
        sets.append(destinations)
      case .failure(let failure):
        if worst.map({ $0.outcome < failure.outcome }) ?? true {
          worst = failure
        }
      }
    }
    if let worst, self == .strict || sets.isEmpty {
      return .failure(worst)
    }
    guard !sets.isEmpty else {
      return .failure(FetchFailure(outcome: .unreachable, message: "There is no server to ask"))
    }
    return .success(FetchedDestinations(destinations: .union(of: sets), outcome: worst?.outcome ?? .success))
  }
}
