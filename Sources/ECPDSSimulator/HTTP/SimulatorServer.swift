internal import NIOCore
internal import NIOHTTP1
internal import NIOPosix

/// The simulator on a TCP port, on one event-loop thread of its own.
struct SimulatorServer: Sendable {
  /// A connection on which nothing happens for so long is closed, unless a fault holds its answer back.
  static let idleTimeout = Duration.seconds(300)

  /// The port it listens on.
  let port: Int
  private let group: MultiThreadedEventLoopGroup

  /// Listens.
  ///
  /// - Parameters:
  ///   - port: 0 takes a free one.
  ///   - makeSimulation: is called once, on the thread that serves the connections.
  static func start(
    host: String,
    port: Int,
    makeSimulation: @escaping @Sendable () -> Simulation
  ) async throws -> SimulatorServer {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    do {
      let eventLoop = group.next()
      let simulation = try await eventLoop.submit { NIOLoopBound(makeSimulation(), eventLoop: eventLoop) }.get()
      let channel = try await ServerBootstrap(group: group)
        .serverChannelOption(.backlog, value: 1024)
        .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
        .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
        .childChannelInitializer { channel in
          channel.eventLoop.makeCompletedFuture { try Self.configure(channel.pipeline.syncOperations, simulation.value) }
        }
        .bind(host: host, port: port)
        .get()
      return SimulatorServer(port: channel.localAddress?.port ?? port, group: group)
    } catch {
      try await group.shutdownGracefully()
      throw error
    }
  }

  /// Closes all connections as they are.
  func shutDown() async throws {
    try await group.shutdownGracefully()
  }

  /// Puts the handlers of one connection in their places.
  static func configure(_ pipeline: ChannelPipeline.SynchronousOperations, _ simulation: Simulation) throws {
    try pipeline.addHandler(IdleStateHandler(allTimeout: TimeAmount(idleTimeout)))
    // The headers that go out are the program's own.
    try pipeline.configureHTTPServerPipeline(withOutboundHeaderValidation: false)
    try pipeline.addHandler(SimulatorChannelHandler(simulation: simulation))
  }
}
