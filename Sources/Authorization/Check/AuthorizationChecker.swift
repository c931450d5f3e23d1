public import CoalescingCache
public import Logging
public import StrictJSON

/// The cache of users' destination lists.
public typealias DestinationCache = CoalescingCache<ExactString, FetchedDestinations, FetchFailure>

/// Decides whether a user may see a destination.
public struct AuthorizationChecker: Sendable {
  /// How a list that the cache lacks is fetched.
  public typealias Fetch = @Sendable (ExactString, Logger) async throws(FetchFailure) -> FetchedDestinations
  /// Whether whoever asked still waits for the answer. Returns soon, whatever happens.
  public typealias RequesterProbe = @Sendable () async -> Bool

  private let matchKey: ExactString
  private let adminRoles: AdminRoles
  private let cache: DestinationCache
  private let fetch: Fetch
  private let metrics: AuthorizationMetrics
  private let logger: Logger
  private let now: @Sendable () -> Duration

  /// Makes a checker.
  ///
  /// - Parameters:
  ///   - matchKey: the key of the identifier that names the destination.
  ///   - adminRoles: by realm, the roles that may see everything.
  ///   - now: a monotonic clock's time, for durations only.
  ///   - fetch: what a ``DestinationFetcher`` does.
  public init(
    matchKey: ExactString,
    adminRoles: [String: Set<String>],
    cache: DestinationCache,
    metrics: AuthorizationMetrics,
    logger: Logger,
    now: @escaping @Sendable () -> Duration,
    fetch: @escaping Fetch
  ) {
    self.matchKey = matchKey
    self.adminRoles = AdminRoles(adminRoles)
    self.cache = cache
    self.metrics = metrics
    self.logger = logger
    self.now = now
    self.fetch = fetch
  }

  /// How many users' lists the cache holds.
  public var cacheEntryCount: Int {
    get async { await cache.entryCount }
  }

  /// How many requests wait: for a list that is being fetched, or for a ``RequesterProbe``.
  public var waitingRequestCount: Int {
    get async { await cache.waiterCount }
  }

  /// Decides, counts and logs. Runs on the caller's executor; on the cache's own it suspends only where a list has to be fetched.
  ///
  /// - Parameters:
  ///   - requesterProbe: asked before a list is fetched for this request alone, which counts as one that waits meanwhile; nil where it
  ///     cannot be known.
  ///   - logger: the logger for this check, where it is not the checker's own.
  public func checkAccess(
    _ request: AuthorizationRequest,
    requesterProbe: RequesterProbe? = nil,
    logger: Logger? = nil
  ) async -> AuthorizationReply {
    let start = now()
    let log = CheckLog(logger: logger ?? self.logger, request: request)
    log.started()
    return finish(await decide(request, requesterProbe, log), request, log, start)
  }

  /// The reply to a request whose sender has gone; counts and logs it like a decision, and looks nothing up.
  public func expire(_ request: AuthorizationRequest, logger: Logger? = nil) -> AuthorizationReply {
    let start = now()
    let log = CheckLog(logger: logger ?? self.logger, request: request)
    log.started()
    return finish(.expired, request, log, start)
  }

  private func finish(
    _ reply: AuthorizationReply,
    _ request: AuthorizationRequest,
    _ log: CheckLog,
    _ start: Duration
  ) -> AuthorizationReply {
    var reply = reply
    reply.requestID = request.requestID
    log.decided(reply)
    metrics.recordCheck(reply, duration: now() - start)
    return reply
  }

  /// The reply to a message that is no request; counts and logs it like a decision.
  public func refuse(_ error: AuthorizationRequestError, logger: Logger? = nil) -> AuthorizationReply {
    metrics.recordDecision(.invalidRequest)
    (logger ?? self.logger).record(
      .checkDenied,
      [
        .reason: .string(Reason.invalidRequest.logName),
        .requestID: error.requestID.map { .string($0) },
        .error: .string(error.description),
      ]
    )
    return AuthorizationReply(reason: .invalidRequest, message: error.message, requestID: error.requestID)
  }
}

extension AuthorizationChecker {
  private func decide(
    _ request: AuthorizationRequest,
    _ requesterProbe: RequesterProbe?,
    _ log: CheckLog
  ) async -> AuthorizationReply {
    if adminRoles.include(request) {
      return AuthorizationReply(reason: .adminBypass, message: "User '\(request.username)' is an administrator")
    }
    guard let destination = request.identifier[matchKey] else {
      return AuthorizationReply(reason: .matchKeyMissing, message: "The identifier has no '\(matchKey)'")
    }
    let lookup: CacheLookup<FetchedDestinations, FetchFailure>
    do throws(CacheLookupError) {
      lookup = try await cache.value(forKey: request.username, ifStillWanted: requesterProbe) {
        [fetch, logger = log.logger] user throws(FetchFailure) in try await fetch(user, logger)
      }
    } catch {
      return AuthorizationReply(error)
    }
    let cacheOutcome = ReplyCacheOutcome(lookup.outcome)
    metrics.recordLookup(cacheOutcome)
    log.lookedUp(cacheOutcome)
    switch lookup.result {
    case .success(let fetched):
      let isListed = fetched.destinations.contains(destination)
      return AuthorizationReply(
        reason: isListed ? .destinationInList : .destinationNotInList,
        message: "User '\(request.username)' \(isListed ? "has" : "does not have") access to destination '\(destination)'",
        cacheOutcome: cacheOutcome,
        fetchOutcome: cacheOutcome == .missFetched ? fetched.outcome : nil
      )
    case .failure(let failure):
      return AuthorizationReply(
        reason: .fetchFailed,
        message: "The destinations of user '\(request.username)' could not be fetched (\(failure.outcome.rawValue))",
        cacheOutcome: cacheOutcome,
        fetchOutcome: failure.outcome
      )
    }
  }
}

extension AuthorizationReply {
  fileprivate static let expired = AuthorizationReply(
    reason: .expired,
    message: "The request came too late: nobody waits for the answer any more"
  )

  fileprivate init(_ error: CacheLookupError) {
    switch error {
    case .cancelled: self.init(reason: .overloaded, message: "The request was given up before ECPDS had answered")
    case .tooManyWaiters: self.init(reason: .overloaded, message: "Too many requests wait for ECPDS already")
    case .unwanted: self = .expired
    }
  }
}

extension ReplyCacheOutcome {
  fileprivate init(_ outcome: CacheOutcome) {
    switch outcome {
    case .hit: self = .hit
    case .missCoalesced: self = .missCoalesced
    case .missFetched: self = .missFetched
    }
  }
}
