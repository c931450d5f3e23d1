import NIOCore
import NIOHTTP1
import NIOPosix

/// Asks an ``OperationsServer``: one GET on a connection of its own.
public enum OperationsClient {
  public struct Response: Sendable, Hashable {
    public var status: Int
    public var body: String

    public init(status: Int, body: String) {
      self.status = status
      self.body = body
    }
  }

  /// The largest body that is read, in bytes.
  static let maximumBodySize = 65_536

  /// - Parameters:
  ///   - path: `/readyz`, for one.
  ///   - timeout: For all of it: name look-up, connection and response.
  /// - Throws: ``OperationsHTTPError`` where there is no whole response in time.
  public static func get(
    _ path: String,
    from endpoint: NetworkEndpoint,
    timeout: Duration = .seconds(10)
  ) async throws(OperationsHTTPError) -> Response {
    let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let result = await exchange(path, with: endpoint, timeout: TimeAmount(timeout), on: group.next())
    // It closes a connection that is still open; its own failure changes nothing about the result.
    try? await group.shutdownGracefully()
    return try result.get()
  }

  private static func exchange(
    _ path: String,
    with endpoint: NetworkEndpoint,
    timeout: TimeAmount,
    on eventLoop: any EventLoop
  ) async -> Result<Response, OperationsHTTPError> {
    let response = eventLoop.makePromise(of: Response.self)
    let deadline = eventLoop.scheduleTask(in: timeout) {
      response.fail(OperationsHTTPError(code: .timedOut, message: "No answer from \(endpoint) in time"))
    }
    ClientBootstrap(group: eventLoop)
      .connectTimeout(timeout)
      .channelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHTTPClientHandlers()
          try channel.pipeline.syncOperations.addHandler(ResponseCollector(path: path, endpoint: endpoint, response: response))
        }
      }
      .connect(host: endpoint.host, port: endpoint.port)
      .whenFailure { error in
        // One address was tried, or the last of several says as much as any.
        let cause = (error as? NIOConnectionError)?.connectionErrors.last?.error ?? error
        response.fail(OperationsHTTPError(code: .connectFailed, message: "Cannot connect to \(endpoint): \(cause)"))
      }
    defer { deadline.cancel() }
    do {
      return .success(try await response.futureResult.get())
    } catch let error as OperationsHTTPError {
      return .failure(error)
    } catch {
      return .failure(OperationsHTTPError(code: .invalidResponse, message: "\(endpoint) does not answer with HTTP: \(error)"))
    }
  }
}

/// Sends the request and gathers the response.
private final class ResponseCollector: ChannelInboundHandler {
  typealias InboundIn = HTTPClientResponsePart
  typealias OutboundOut = HTTPClientRequestPart

  private let path: String
  private let endpoint: NetworkEndpoint
  private let response: EventLoopPromise<OperationsClient.Response>
  private var status: Int?
  private var body = ByteBuffer()

  init(path: String, endpoint: NetworkEndpoint, response: EventLoopPromise<OperationsClient.Response>) {
    self.path = path
    self.endpoint = endpoint
    self.response = response
  }

  func channelActive(context: ChannelHandlerContext) {
    let headers: HTTPHeaders = ["Host": endpoint.description, "Connection": "close"]
    context.write(
      wrapOutboundOut(.head(HTTPRequestHead(version: .http1_1, method: .GET, uri: path, headers: headers))),
      promise: nil
    )
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      status = Int(head.status.code)
    case .body(var part):
      guard body.readableBytes + part.readableBytes <= OperationsClient.maximumBodySize else {
        fail("answers with more than \(OperationsClient.maximumBodySize) bytes")
        context.close(promise: nil)
        return
      }
      body.writeBuffer(&part)
    case .end:
      if let status { response.succeed(OperationsClient.Response(status: status, body: String(buffer: body))) }
      context.close(promise: nil)
    }
  }

  func channelInactive(context: ChannelHandlerContext) {
    fail("closed the connection before its answer was whole")
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    fail("does not answer with HTTP: \(error)")
    context.close(promise: nil)
  }

  /// Only the first outcome counts, so this changes nothing after a success.
  private func fail(_ what: String) {
    response.fail(OperationsHTTPError(code: .invalidResponse, message: "\(endpoint) \(what)"))
  }
}
