import Authorization
import StrictJSON
import Testing

@Suite("FetchOutcome")
struct FetchOutcomeTests {
  @Test("Each outcome outranks all that come after it in the contract's order")
  func severity() {
    let order: [FetchOutcome] = [.http401, .http403, .http4xx, .invalidResponse, .http5xx, .unreachable, .success]
    for (index, outcome) in order.enumerated() {
      #expect(FetchOutcome.worst(of: order[index...].reversed()) == outcome)
    }
    #expect(FetchOutcome.worst(of: []) == .success)
  }

  @Test("A status outside 2xx, 4xx and 5xx is http_5xx")
  func statuses() {
    let outcomes: [Int: FetchOutcome] = [
      100: .http5xx, 200: .success, 204: .success, 299: .success, 301: .http5xx, 302: .http5xx, 304: .http5xx, 400: .http4xx,
      401: .http401, 402: .http4xx, 403: .http403, 404: .http4xx, 429: .http4xx, 499: .http4xx, 500: .http5xx, 503: .http5xx,
      600: .http5xx, 0: .http5xx,
    ]
    for (status, outcome) in outcomes {
      #expect(FetchOutcome(status: status) == outcome, "\(status)")
    }
  }
}

@Suite("PartialOutagePolicy")
struct PartialOutagePolicyTests {
  @Test("When every server succeeds, both policies give the union and success", arguments: PartialOutagePolicy.allCases)
  func allSucceed(_ policy: PartialOutagePolicy) throws {
    let fetched = try policy.merge([list("A", "B"), list(), list("B", "C")]).get()
    #expect(fetched.destinations.names == ["A", "B", "C"])
    #expect(fetched.outcome == .success)
  }

  @Test("strict fails with the worst failure when one server fails")
  func strict() {
    #expect(outcome(.strict, [list("A"), failure(.unreachable), failure(.http401), failure(.http5xx)]) == .failure(.http401))
    #expect(outcome(.strict, [failure(.http5xx), list("A")]) == .failure(.http5xx))
  }

  @Test("any_success succeeds with one server and reports the worst failure as the outcome")
  func anySuccess() throws {
    let fetched = try PartialOutagePolicy.anySuccess.merge([failure(.unreachable), list("A"), failure(.http403)]).get()
    #expect(fetched.destinations.names == ["A"])
    #expect(fetched.outcome == .http403)
  }

  @Test("any_success counts a server that answers with an empty list")
  func anySuccessEmpty() {
    #expect(outcome(.anySuccess, [failure(.http5xx), list()]) == .success(.http5xx))
  }

  @Test("When every server fails, both policies fail with the worst", arguments: PartialOutagePolicy.allCases)
  func allFail(_ policy: PartialOutagePolicy) {
    #expect(outcome(policy, [failure(.unreachable), failure(.http401)]) == .failure(.http401))
    #expect(outcome(policy, [failure(.http401), failure(.unreachable)]) == .failure(.http401))
  }

  @Test("Without servers there is no list", arguments: PartialOutagePolicy.allCases)
  func noServers(_ policy: PartialOutagePolicy) {
    #expect(outcome(policy, []) == .failure(.unreachable))
  }

  private enum Outcome: Equatable {
    case success(FetchOutcome)
    case failure(FetchOutcome)
  }

  private func outcome(_ policy: PartialOutagePolicy, _ results: [Result<DestinationSet, FetchFailure>]) -> Outcome {
    switch policy.merge(results) {
    case .success(let fetched): .success(fetched.outcome)
    case .failure(let failure): .failure(failure.outcome)
    }
  }

  private func list(_ names: ExactString...) -> Result<DestinationSet, FetchFailure> {
    .success(DestinationSet(names))
  }

  private func failure(_ outcome: FetchOutcome) -> Result<DestinationSet, FetchFailure> {
    .failure(FetchFailure(outcome: outcome, message: "as told"))
  }
}
