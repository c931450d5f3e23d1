import Authorization
import CoalescingCache
import CoreMetrics
import CurlHTTPClient
import EventLoop
import Logging
import ServiceConfiguration
import StrictJSON

/// The decision with all that it needs, on one loop: the cache, the fetcher and the HTTP client under it.
struct DecisionService {
  let checker: AuthorizationChecker
  let fetcher: DestinationFetcher
  private let httpClient: CurlHTTPClient

  /// - Parameters:
  ///   - credentials: of the same configuration.
  ///   - makeFetch: what the checker asks for a list that the cache lacks, given the fetcher.
  init(
    _ configuration: ServiceConfiguration,
    credentials: RotatingCredentials,
    loop: EventLoop,
    version: String,
    metrics factory: any MetricsFactory,
    logger: Logger,
    makeFetch: (DestinationFetcher) -> AuthorizationChecker.Fetch = DecisionService.fetch
  ) throws(CurlHTTPError) {
    let start = ContinuousClock.now
    let now: @Sendable () -> Duration = { start.duration(to: .now) }
    let ecpds = configuration.ecpds
    let metrics = AuthorizationMetrics(factory: factory, serverCount: ecpds.servers.count)
    httpClient = try CurlHTTPClient(
      loop: loop,
      configuration: CurlHTTPClient.Configuration(
        maximumConnectionsPerHost: ecpds.maximumConnectionsPerServer,
        userAgent: "aviso-ecpds/\(version)"
      )
    )
    fetcher = DestinationFetcher(
      configuration: DestinationFetcher.Configuration(ecpds, credentials: credentials),
      transport: CurlTransport(client: httpClient, credentials: credentials),
      metrics: metrics,
      now: now
    )
    let cache = DestinationCache(
      configuration: DestinationCache.Configuration(
        timeToLive: ecpds.cacheTimeToLive,
        maximumEntryCount: ecpds.maximumEntryCount,
        maximumWaiterCount: configuration.maximumWaitingCount
      ),
      executor: loop,
      now: now
    )
    checker = AuthorizationChecker(
      matchKey: ExactString(ecpds.matchKey),
      adminRoles: configuration.adminRoles,
      cache: cache,
      metrics: metrics,
      logger: logger,
      now: now,
      fetch: makeFetch(fetcher)
    )
  }

  /// Aborts what is under way and ends the connections to ECPDS.
  func shutdown() async {
    await httpClient.shutdown()
  }

  private static func fetch(_ fetcher: DestinationFetcher) -> AuthorizationChecker.Fetch {
    { user, logger throws(FetchFailure) in try await fetcher.fetchDestinations(for: user, logger: logger) }
  }
}
