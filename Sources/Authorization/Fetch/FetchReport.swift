/// What a fetch did, server by server.
public struct FetchReport: Sendable {
  /// What the decision is made from.
  public let result: Result<FetchedDestinations, FetchFailure>
  /// One report a server, in the order of the configuration.
  public let servers: [ServerReport]

  /// The merged outcome, of success and failure alike.
  public var outcome: FetchOutcome {
    switch result {
    case .success(let fetched): fetched.outcome
    case .failure(let failure): failure.outcome
    }
  }
}

/// What came of asking one server.
public struct ServerReport: Sendable {
  /// The server.
  public let server: ECPDSServer
  /// The status of its response, if there was one.
  public let status: Int?
  /// How long it took from request to parsed list.
  public let duration: Duration
  /// Its list, or why there is none.
  public let result: Result<DestinationList, FetchFailure>

  /// How it went.
  public var outcome: FetchOutcome {
    switch result {
    case .success: .success
    case .failure(let failure): failure.outcome
    }
  }
}
