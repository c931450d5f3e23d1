import Authorization
import EventLoop
import FoundationEssentials
import Glibc
import Logging
import Observability
import RabbitMQClient
public import ServiceConfiguration
import ServiceLifecycle
import UnixSignals

/// The worker process: everything put together, from the configuration to a clean end.
public struct AuthorizationWorker: Sendable {
  private let configuration: ServiceConfiguration
  private let version: String

  public init(_ configuration: ServiceConfiguration, version: String) {
    self.configuration = configuration
    self.version = version
  }

  /// Consumes requests until the first SIGTERM or SIGINT, then drains and returns. A second such signal ends the process at once, with
  /// the status that shells give to a death by that signal. SIGHUP has the files with passwords and certificates read again. The process
  /// must ignore SIGPIPE.
  ///
  /// - Throws: where the worker cannot start (the HTTP port is taken), and `IncompleteDrain`.
  public func run() async throws {
    let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
    let instance = "\(Self.hostName)-\(getpid())"
    let output = LogOutput(
      level: Logger.Level(configuration.logging.level),
      format: configuration.logging.format == .json ? .json : .text,
      service: LogService(version: version, instanceID: instance)
    )
    LoggingSystem.bootstrap { output.makeHandler(label: $0) }
    let logger = Logger(label: "aviso-ecpds-worker")
    logger.record(.workerStarted, [.version: .string(version)])
    logger.record(
      .configLoaded,
      [
        .queue: .string(configuration.amqp.requestQueue),
        .servers: .array(configuration.ecpds.servers.map { .string($0) }),
        .partialOutagePolicy: .string(configuration.ecpds.partialOutagePolicy.rawValue),
      ]
    )
    do {
      try await serve(signals, instance: instance, logger: logger)
      logger.record(.workerStopped, [:])
      _ = await output.writer.flush(timeout: .seconds(2))
    } catch {
      _ = await output.writer.flush(timeout: .seconds(2))
      throw error
    }
  }

  private func serve(_ signals: UnixSignalsSequence, instance: String, logger: Logger) async throws {
    let metricsFactory = PrometheusMetricsFactory(descriptions: MetricDescription.workerMetrics)
    metricsFactory.collectProcessMetrics()
    let metrics = WorkerMetrics(factory: metricsFactory, version: version)
    let loop = try EventLoop(name: "worker")
    let credentials = RotatingCredentials(configuration, logger: logger)
    let decisions = try DecisionService(
      configuration,
      credentials: credentials,
      loop: loop,
      version: version,
      metrics: metricsFactory,
      logger: logger
    )
    metricsFactory.onCollect {
      metrics.recordCacheSize(await decisions.checker.cacheEntryCount)
      metrics.recordWaiting(await decisions.checker.waitingRequestCount)
    }
    let consumer = RequestConsumer(
      loop: loop,
      settings: RequestConsumer.Settings(
        broker: BrokerLogin(credentials, RabbitMQConfiguration(configuration.amqp, name: "aviso-ecpds-worker \(instance)")),
        topology: Topology(configuration.amqp),
        intake: SessionIntake.Settings(configuration.amqp),
        drainTimeout: configuration.worker.drainTimeout
      ),
      handler: RequestHandler(
        loop: loop,
        settings: RequestHandler.Settings(configuration.worker),
        checker: decisions.checker,
        metrics: metrics,
        logger: logger,
        wallClock: { UnixTime.now().sinceEpoch }
      ),
      metrics: metrics,
      logger: logger
    )
    // Shut down in reverse: the endpoints tell of the drain until it is over.
    var services: [any Service] = [consumer]
    if configuration.http.isEnabled {
      let server = operationsServer(for: consumer, metricsFactory)
      let requests = LaterService(service: consumer) {
        let address = try await server.boundAddress
        logger.record(.httpListening, [.address: .string(address.description)])
      }
      services = [server, requests]
    }
    let group = ServiceGroup(configuration: ServiceGroupConfiguration(services: services, logger: logger))
    try await run(group, until: signals, credentials)
    let unansweredCount = await consumer.unansweredCount
    guard unansweredCount == 0 else { throw IncompleteDrain(unansweredCount: unansweredCount) }
    await decisions.shutdown()
  }

  private func run(_ group: ServiceGroup, until signals: UnixSignalsSequence, _ credentials: RotatingCredentials) async throws {
    try await withThrowingTaskGroup { tasks in
      tasks.addTask { try await group.run() }
      tasks.addTask {
        var isDraining = false
        for await signal in signals {
          if signal == .sighup {
            // A disk that hangs must not keep the next signal waiting.
            Task { await credentials.reload(.signal) }
            continue
          }
          // At once means at once: no handlers, no flushing. What is in hand goes back to the queue.
          if isDraining { _exit(128 + signal.rawValue) }
          isDraining = true
          await group.triggerGracefulShutdown()
        }
      }
      try await tasks.next()
      tasks.cancelAll()
    }
  }

  private func operationsServer(for consumer: RequestConsumer, _ metricsFactory: PrometheusMetricsFactory) -> OperationsServer {
    OperationsServer(
      configuration: OperationsServer.Configuration(
        endpoint: NetworkEndpoint(host: configuration.http.host, port: configuration.http.port)
      ),
      health: {
        // An answer from the loop shows that it turns; the server gives up on one that hangs.
        _ = await consumer.obstacle
        return .ok
      },
      readiness: { await consumer.obstacle.map { .failing(reason: $0) } ?? .ok },
      metrics: { await metricsFactory.collect() }
    )
  }

  private static var hostName: String {
    (try? String(contentsOfFile: "/proc/sys/kernel/hostname", encoding: .utf8))?.split(separator: "\n").first.map(String.init)
      ?? "localhost"
  }
}

/// A service that begins when something else has: a worker whose port is taken must not take requests first.
private struct LaterService: Service {
  let service: any Service
  let condition: @Sendable () async throws -> Void

  func run() async throws {
    try await condition()
    try await service.run()
  }
}

/// The time to drain was up, or the broker was lost, before every request in hand was answered. They are the broker's again.
public struct IncompleteDrain: Error, CustomStringConvertible {
  public let unansweredCount: Int

  public var description: String { "the drain ended with \(unansweredCount) requests unanswered; they go back to the queue" }
}

extension UnixTime {
  fileprivate var sinceEpoch: Duration { .seconds(seconds) + .nanoseconds(Int64(nanoseconds)) }
}

extension Logger.Level {
  init(_ level: ServiceConfiguration.Logging.Level) {
    self = Logger.Level(rawValue: level.rawValue) ?? .info
  }
}
