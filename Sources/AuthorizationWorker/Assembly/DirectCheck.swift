public import Authorization
import CoreMetrics
import EventLoop
public import Logging
import NIOConcurrencyHelpers
public import ServiceConfiguration

/// One decision straight from ECPDS, without a broker, and what each server said.
public struct DirectCheck: Sendable {
  public let reply: AuthorizationReply
  /// By the servers' order in the configuration; empty where no server had to be asked.
  public let servers: [ServerReport]

  /// Asks ECPDS as a worker would.
  ///
  /// - Throws: where the system has no resources left.
  public static func perform(
    _ request: AuthorizationRequest,
    _ configuration: ServiceConfiguration,
    version: String,
    logger: Logger
  ) async throws -> DirectCheck {
    let loop = try EventLoop(name: "check")
    let reports = NIOLockedValueBox<[ServerReport]>([])
    let service = try DecisionService(
      configuration,
      credentials: RotatingCredentials(configuration, logger: logger),
      loop: loop,
      version: version,
      metrics: NOOPMetricsHandler.instance,
      logger: logger
    ) { fetcher in
      { user, logger throws(FetchFailure) in
        let report = await fetcher.fetchReport(for: user, logger: logger)
        reports.withLockedValue { $0 = report.servers }
        return try report.result.get()
      }
    }
    let reply = await service.checker.checkAccess(request)
    await service.shutdown()
    return DirectCheck(reply: reply, servers: reports.withLockedValue { $0 })
  }
}
