internal import Glibc
internal import NIOCore
internal import NIOHTTP1

/// One connection: collects each request, asks the ``Simulation`` and does what it says. The handlers before it hand it one request at a
/// time, however many the client sends ahead.
final class SimulatorChannelHandler: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  /// The largest body of a request, in bytes.
  static let maximumRequestBodyLength = 64 * 1024
  /// How many chunks of an oversized body go out before other connections have their turn.
  private static let chunksPerTurn = 16

  private enum State {
    case receiving
    /// A fault holds the answer back, for a while or for good.
    case held(Scheduled<Void>?)
    case streaming(OversizedBody)
    /// Nothing more is read or written.
    case closing
  }

  private let simulation: Simulation
  private var state = State.receiving
  private var request: Request?
  private var isKeepAlive = true
  private var version = HTTPVersion.http1_1
  private var isPumpScheduled = false

  init(simulation: Simulation) {
    self.simulation = simulation
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch unwrapInboundIn(data) {
    case .head(let head):
      isKeepAlive = head.isKeepAlive
      version = head.version
      request = Request(method: head.method, uri: head.uri, authorization: head.headers.first(name: "authorization"))
    case .body(let part):
      guard let length = request?.body.count else { return }
      guard length + part.readableBytes <= Self.maximumRequestBodyLength else {
        request = nil
        isKeepAlive = false
        deliver(.complete(Response(status: .payloadTooLarge)), context: context)
        return
      }
      request?.body.append(contentsOf: part.readableBytesView)
    case .end:
      guard let request else { return }
      self.request = nil
      perform(simulation.reply(to: request), context: context)
    }
  }

  func channelWritabilityChanged(context: ChannelHandlerContext) {
    schedulePump(context: context)
    context.fireChannelWritabilityChanged()
  }

  func channelInactive(context: ChannelHandlerContext) {
    if case .held(let scheduled) = state {
      scheduled?.cancel()
    }
    state = .closing
    context.fireChannelInactive()
  }

  func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
    guard event is IdleStateHandler.IdleStateEvent else {
      context.fireUserInboundEventTriggered(event)
      return
    }
    if case .held = state { return }
    context.close(promise: nil)
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }
}

extension SimulatorChannelHandler {
  private func perform(_ reply: Reply, context: ChannelHandlerContext) {
    guard let latency = reply.latency else {
      deliver(reply.delivery, context: context)
      return
    }
    let scheduled = context.eventLoop.assumeIsolated().scheduleTask(in: TimeAmount(latency)) {
      self.state = .receiving
      self.deliver(reply.delivery, context: context)
    }
    state = .held(scheduled)
  }

  private func deliver(_ delivery: Reply.Delivery, context: ChannelHandlerContext) {
    switch delivery {
    case .hang: state = .held(nil)
    case .reset: reset(context: context)
    case .complete(let response):
      writeHead(response, context: context)
      context.write(wrapOutboundOut(.body(.byteBuffer(response.body))), promise: nil)
      finish(context: context)
    case .partial(let response):
      writeHead(response, context: context)
      let half = response.body.getSlice(at: response.body.readerIndex, length: response.body.readableBytes / 2)
      context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(half ?? ByteBuffer()))), promise: closingPromise(context: context))
    case .oversized(let status, let headers):
      // Without a content length the encoder takes the chunked coding.
      writeHead(status, headers, context: context)
      state = .streaming(OversizedBody())
      schedulePump(context: context)
    }
  }

  private func writeHead(_ response: Response, context: ChannelHandlerContext) {
    var headers = response.headers
    if response.status.mayHaveResponseBody {
      headers.add(name: "content-length", value: String(response.body.readableBytes))
    }
    writeHead(response.status, headers, context: context)
  }

  private func writeHead(_ status: HTTPResponseStatus, _ headers: HTTPHeaders, context: ChannelHandlerContext) {
    var headers = headers
    if !isKeepAlive {
      headers.add(name: "connection", value: "close")
    } else if version == .http1_0 {
      headers.add(name: "connection", value: "keep-alive")
    }
    context.write(wrapOutboundOut(.head(HTTPResponseHead(version: version, status: status, headers: headers))), promise: nil)
  }

  /// Ends a response; the next request, if it is there already, is handled from within.
  private func finish(context: ChannelHandlerContext) {
    let promise = isKeepAlive ? nil : closingPromise(context: context)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: promise)
  }

  private func closingPromise(context: ChannelHandlerContext) -> EventLoopPromise<Void> {
    state = .closing
    let promise = context.eventLoop.makePromise(of: Void.self)
    promise.futureResult.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
    return promise
  }

  /// Closes with unsent data discarded and a lingering time of zero, which sends RST in place of FIN.
  private func reset(context: ChannelHandlerContext) {
    state = .closing
    guard let channel = context.channel as? any SocketOptionProvider else {
      context.close(promise: nil)
      return
    }
    channel.setSoLinger(linger(l_onoff: 1, l_linger: 0)).assumeIsolated().whenComplete { _ in context.close(promise: nil) }
  }
}

extension SimulatorChannelHandler {
  private func schedulePump(context: ChannelHandlerContext) {
    guard case .streaming = state, context.channel.isWritable, !isPumpScheduled else { return }
    isPumpScheduled = true
    context.eventLoop.assumeIsolated().execute {
      self.isPumpScheduled = false
      self.pump(context: context)
    }
  }

  /// Writes as much of the oversized body as the connection takes, and comes back for the rest when it takes more.
  private func pump(context: ChannelHandlerContext) {
    guard case .streaming(var body) = state else { return }
    for _ in 0..<Self.chunksPerTurn where context.channel.isWritable {
      guard let chunk = body.next() else {
        state = .receiving
        finish(context: context)
        return
      }
      context.write(wrapOutboundOut(.body(.byteBuffer(chunk))), promise: nil)
    }
    state = .streaming(body)
    context.flush()
    schedulePump(context: context)
  }
}
