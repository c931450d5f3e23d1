public import Logging
public import StrictJSON

/// Asks every ECPDS server for a user's destinations, all at once, and merges what they answer.
public struct DestinationFetcher: Sendable {
  /// What to ask, and how.
  public struct Configuration: Sendable {
    /// The servers, by their indices.
    public var servers: [ECPDSServer]
    /// The service account, asked for at each request: its password may change while the program runs.
    public var credentials: @Sendable () -> HTTPCredentials
    /// The field of a record that names the destination.
    public var targetField: ExactString
    /// What to do when only some servers answer.
    public var partialOutagePolicy: PartialOutagePolicy
    /// How long a connection may take.
    public var connectTimeout: Duration
    /// How long a whole request may take.
    public var requestTimeout: Duration
    /// How long an answer may be, in bytes.
    public var maximumResponseByteCount: Int

    /// Makes a configuration of the base URLs, with the contract's defaults. What is given as `credentials` is evaluated at each request.
    public init(
      servers: [String],
      credentials: @autoclosure @escaping @Sendable () -> HTTPCredentials,
      targetField: ExactString = "name",
      partialOutagePolicy: PartialOutagePolicy = .strict,
      connectTimeout: Duration = .seconds(5),
      requestTimeout: Duration = .seconds(30),
      maximumResponseByteCount: Int = 16 * 1024 * 1024
    ) {
      self.servers = servers.enumerated().map { ECPDSServer(index: $0.offset, baseURL: $0.element) }
      self.credentials = credentials
      self.targetField = targetField
      self.partialOutagePolicy = partialOutagePolicy
      self.connectTimeout = connectTimeout
      self.requestTimeout = requestTimeout
      self.maximumResponseByteCount = maximumResponseByteCount
    }
  }

  private let configuration: Configuration
  private let transport: any HTTPTransport
  private let metrics: AuthorizationMetrics
  private let now: @Sendable () -> Duration

  /// Makes a fetcher.
  ///
  /// - Parameter now: a monotonic clock's time, for durations only.
  public init(
    configuration: Configuration,
    transport: any HTTPTransport,
    metrics: AuthorizationMetrics,
    now: @escaping @Sendable () -> Duration
  ) {
    self.configuration = configuration
    self.transport = transport
    self.metrics = metrics
    self.now = now
  }

  /// Fetches the user's destinations; counts the fetch and logs each server's part in it.
  public func fetchDestinations(
    for username: ExactString,
    logger: Logger
  ) async throws(FetchFailure) -> FetchedDestinations {
    try await fetchReport(for: username, logger: logger).result.get()
  }

  /// The same, with what each server did.
  ///
  /// Runs off the caller's executor: parsing and merging thousands of records takes milliseconds that an event loop does not have.
  @concurrent
  public func fetchReport(for username: ExactString, logger: Logger) async -> FetchReport {
    let log = FetchLog(logger: logger, username: username, targetField: configuration.targetField)
    let servers = await withTaskGroup(of: ServerReport.self) { group in
      for server in configuration.servers {
        group.addTask { await ask(server, for: username) }
      }
      var reports: [ServerReport] = []
      for await report in group {
        metrics.recordServer(report)
        log.record(report)
        reports.append(report)
      }
      return reports.sorted { $0.server.index < $1.server.index }
    }
    let report = FetchReport(result: merge(servers), servers: servers)
    metrics.recordFetch(report.outcome)
    return report
  }

  private func merge(_ servers: [ServerReport]) -> Result<FetchedDestinations, FetchFailure> {
    // A part of the lists must not pass for an outage that the policy accepts, and be cached, when it is due to the cancellation.
    guard !Task.isCancelled else {
      return .failure(FetchFailure(outcome: .unreachable, message: "The fetch was cancelled"))
    }
    return configuration.partialOutagePolicy.merge(servers.map { $0.result.map(\.destinations) })
  }

  private func ask(_ server: ECPDSServer, for username: ExactString) async -> ServerReport {
    let start = now()
    let request = HTTPRequest(
      url: server.listURL(forUsername: username),
      credentials: configuration.credentials(),
      connectTimeout: configuration.connectTimeout,
      timeout: configuration.requestTimeout,
      maximumResponseByteCount: configuration.maximumResponseByteCount
    )
    let status: Int?
    let result: Result<DestinationList, FetchFailure>
    do throws(HTTPTransportError) {
      let response = try await transport.execute(request)
      status = response.status
      result = destinationList(in: response)
    } catch {
      status = error.status
      result = .failure(FetchFailure(error))
    }
    return ServerReport(server: server, status: status, duration: now() - start, result: result)
  }

  private func destinationList(in response: HTTPResponse) -> Result<DestinationList, FetchFailure> {
    let outcome = FetchOutcome(status: response.status)
    guard outcome == .success else {
      return .failure(FetchFailure(outcome: outcome, message: "The server answered with status \(response.status)"))
    }
    do throws(DestinationListError) {
      return .success(try DestinationList(decoding: response.body, targetField: configuration.targetField))
    } catch {
      return .failure(FetchFailure(outcome: .invalidResponse, message: error.message))
    }
  }
}

extension FetchFailure {
  fileprivate init(_ error: HTTPTransportError) {
    var outcome = FetchOutcome.unreachable
    // There was an answer: what is wrong with it is its content, or what its status says.
    if error.code == .responseTooLarge || error.code == .responseTruncated {
      let byStatus = error.status.map { FetchOutcome(status: $0) } ?? .success
      outcome = byStatus == .success ? .invalidResponse : byStatus
    }
    self.init(outcome: outcome, message: error.description)
  }
}
