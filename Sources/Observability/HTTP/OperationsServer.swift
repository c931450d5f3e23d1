import NIOCore
import NIOHTTP1
import NIOPosix
public import ServiceLifecycle

/// The worker's HTTP surface for operators: `/metrics`, `/healthz` and `/readyz`.
///
/// It answers GET and HEAD alone, has a thread of its own and waits for an endpoint no longer than `endpointTimeout`: where the
/// worker's loop hangs, probes are told so with a 503. On graceful shutdown it stops listening, answers the requests it has and
/// returns; on cancellation it closes everything at once.
public final class OperationsServer: Service {
  public struct Configuration: Sendable, Hashable {
    /// Where to listen; port 0 is any free port.
    public var endpoint: NetworkEndpoint
    /// Connections beyond it are closed at once; as many endpoints may be running at a time.
    public var maximumConnectionCount = 128
    /// How long a connection may take to send a whole request, counted from its beginning or from the response before, and how long
    /// to take a response.
    public var transferTimeout: Duration = .seconds(30)
    /// How long an endpoint may take before 503 is answered in its place.
    public var endpointTimeout: Duration = .seconds(5)
    /// The largest sum of a request's header fields, in bytes; one field, or the target, may take half of it.
    public var maximumHeaderSize = 16_384

    public init(endpoint: NetworkEndpoint) { self.endpoint = endpoint }
  }

  private let configuration: Configuration
  private let endpoints: OperationsEndpoints
  private let bound = OneTimeValue<NetworkEndpoint>()

  /// - Parameters:
  ///   - health: Asked for `/healthz`: whether the process works at all.
  ///   - readiness: Asked for `/readyz`: whether requests can be served now.
  ///   - metrics: Asked for `/metrics`: the Prometheus text format 0.0.4.
  public init(
    configuration: Configuration,
    health: @escaping @Sendable () async -> HealthStatus,
    readiness: @escaping @Sendable () async -> HealthStatus,
    metrics: @escaping @Sendable () async -> String
  ) {
    self.configuration = configuration
    endpoints = OperationsEndpoints(health: health, readiness: readiness, metrics: metrics)
  }

  /// Where the server listens, once it does.
  /// - Throws: ``OperationsHTTPError`` where it could not listen; `CancellationError` where the waiting task was cancelled.
  public var boundAddress: NetworkEndpoint {
    get async throws { try await bound.value }
  }

  /// Listens and serves until graceful shutdown or cancellation. To be called once.
  /// - Throws: ``OperationsHTTPError`` where it cannot listen.
  public func run() async throws {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let loop = ClosableEventLoop(group.next())
    let result: Result<Void, any Error>
    do {
      try await serve(on: loop)
      result = .success(())
    } catch {
      bound.resolve(.failure(error))
      result = .failure(error)
    }
    loop.close()
    // Nothing is left that could fail to end: every channel is closed.
    try? await group.shutdownGracefully()
    try result.get()
  }

  private func serve(on loop: ClosableEventLoop) async throws {
    let registry = try await loop.eventLoop.submit { [configuration] in
      NIOLoopBound(
        OperationsConnectionRegistry(loop: loop, maximumConnectionCount: configuration.maximumConnectionCount),
        eventLoop: loop.eventLoop
      )
    }.get()
    let listener = try await listen(on: loop.eventLoop, registry: registry)
    bound.resolve(.success(address(of: listener)))

    try await withTaskCancellationHandler {
      try await withGracefulShutdownHandler {
        try await listener.closeFuture.get()
        let drained = loop.eventLoop.makePromise(of: Void.self)
        loop.execute { registry.value.drain(promise: drained) }
        try await drained.futureResult.get()
      } onGracefulShutdown: {
        listener.close(promise: nil)
      }
    } onCancel: {
      listener.close(promise: nil)
      loop.execute { registry.value.closeAll() }
    }
  }

  private func listen(
    on eventLoop: any EventLoop,
    registry: NIOLoopBound<OperationsConnectionRegistry>
  ) async throws -> any Channel {
    let timeouts = OperationsConnection.Timeouts(
      transfer: TimeAmount(configuration.transferTimeout),
      endpoint: TimeAmount(configuration.endpointTimeout)
    )
    var limits = NIOHTTPDecoderLimitConfiguration()
    limits.maxHeaderListSize = configuration.maximumHeaderSize
    limits.maxHeaderFieldSize = configuration.maximumHeaderSize / 2
    limits.maxHeaderFieldCount = 64

    let bootstrap = ServerBootstrap(group: eventLoop)
      .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
      .childChannelInitializer { [endpoints, limits] channel in
        channel.eventLoop.makeCompletedFuture {
          let pipeline = channel.pipeline.syncOperations
          try pipeline.configureHTTPServerPipeline(withEncoderConfiguration: .init(), withDecoderLimitConfiguration: limits)
          try pipeline.addHandler(OperationsConnection(endpoints: endpoints, timeouts: timeouts, registry: registry.value))
        }
      }
    let endpoint = configuration.endpoint
    do {
      return try await bootstrap.bind(host: endpoint.host, port: endpoint.port).get()
    } catch {
      throw OperationsHTTPError.listening(on: endpoint, failedWith: error)
    }
  }

  private func address(of listener: any Channel) -> NetworkEndpoint {
    NetworkEndpoint(
      host: listener.localAddress?.ipAddress ?? configuration.endpoint.host,
      port: listener.localAddress?.port ?? configuration.endpoint.port
    )
  }
}
