import NIOCore
import NIOHTTP1

/// One connection: reads a request, has it answered, and closes what is too slow. Lives on the server's event loop.
final class OperationsConnection: ChannelInboundHandler {
  typealias InboundIn = HTTPServerRequestPart
  typealias OutboundOut = HTTPServerResponsePart

  struct Timeouts: Sendable {
    /// For a whole request to arrive, counted from the connection or from the response before; and for a response to be taken.
    var transfer: TimeAmount
    /// For the endpoint to answer.
    var endpoint: TimeAmount
  }

  private enum State {
    case waiting
    case receiving(HTTPRequestHead)
    /// The endpoint runs. The number tells its answer from a late one.
    case answering(HTTPRequestHead, number: Int)
    /// The response is on its way to the client.
    case sending
    case closed
  }

  private let endpoints: OperationsEndpoints
  private let timeouts: Timeouts
  private let registry: OperationsConnectionRegistry
  private var state = State.waiting
  private var deadline: Scheduled<Void>?
  private var requestCount = 0
  private var isDraining = false

  init(endpoints: OperationsEndpoints, timeouts: Timeouts, registry: OperationsConnectionRegistry) {
    self.endpoints = endpoints
    self.timeouts = timeouts
    self.registry = registry
  }

  func channelActive(context: ChannelHandlerContext) {
    guard registry.admit(self, context: context) else {
      state = .closed
      context.close(promise: nil)
      return
    }
    closeUnlessDone(in: timeouts.transfer, context: context)
    context.fireChannelActive()
  }

  func channelInactive(context: ChannelHandlerContext) {
    state = .closed
    deadline?.cancel()
    registry.remove(self)
    context.fireChannelInactive()
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    switch (unwrapInboundIn(data), state) {
    case (.head(let head), .waiting):
      if head.hasBody {
        respond(.requestBodyRefused, to: head, keepAlive: false, context: context)
      } else {
        state = .receiving(head)
      }
    case (.end, .receiving(let head)):
      answer(head, context: context)
    default:
      // What follows the head of a request that was refused already.
      break
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    // `HTTPServerProtocolErrorHandler` has answered what is no HTTP or over a limit with 400.
    context.close(promise: nil)
  }

  /// Closes the connection as soon as it owes no answer.
  func drain(context: ChannelHandlerContext) {
    isDraining = true
    if case .waiting = state { context.close(promise: nil) }
  }

  private func answer(_ head: HTTPRequestHead, context: ChannelHandlerContext) {
    switch endpoints.route(method: head.method.rawValue, target: head.uri) {
    case .answer(let response):
      respond(response, to: head, keepAlive: head.isKeepAlive, context: context)
    case .run(let run):
      guard registry.beginAnswer() else {
        respond(.tooManyRequests, to: head, keepAlive: false, context: context)
        return
      }
      requestCount += 1
      let number = requestCount
      state = .answering(head, number: number)
      let this = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
      let registry = NIOLoopBound(registry, eventLoop: context.eventLoop)
      deadline?.cancel()
      deadline = context.eventLoop.scheduleTask(in: timeouts.endpoint) {
        this.value.handler.finish(number: number, with: .timedOut, context: this.value.context)
      }
      // Not a child of anything: an endpoint that hangs must hold up neither the time-out nor the connection.
      Task { [loop = self.registry.loop] in
        let response = await run()
        loop.execute {
          registry.value.endAnswer()
          this.value.handler.finish(number: number, with: response, context: this.value.context)
        }
      }
    }
  }

  private func finish(number: Int, with response: OperationsResponse, context: ChannelHandlerContext) {
    guard case .answering(let head, number) = state else { return }
    respond(response, to: head, keepAlive: head.isKeepAlive, context: context)
  }

  private func respond(
    _ response: OperationsResponse,
    to request: HTTPRequestHead,
    keepAlive: Bool,
    context: ChannelHandlerContext
  ) {
    let keepAlive = keepAlive && !isDraining
    state = .sending
    closeUnlessDone(in: timeouts.transfer, context: context)

    let body = context.channel.allocator.buffer(string: response.body)
    var head = HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: response.status))
    head.headers.add(name: "Content-Type", value: response.contentType)
    head.headers.add(name: "Content-Length", value: String(body.readableBytes))
    if let allow = response.allow { head.headers.add(name: "Allow", value: allow) }
    // Said in both cases, since HTTP/1.0 and 1.1 disagree on the default.
    head.headers.add(name: "Connection", value: keepAlive ? "keep-alive" : "close")

    let taken = context.eventLoop.makePromise(of: Void.self)
    context.write(wrapOutboundOut(.head(head)), promise: request.method == .HEAD ? taken : nil)
    if request.method != .HEAD {
      context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: taken)
    }
    // `.end` lets the pipeline hand over the next request, so it waits until the client took this response: who sends requests without
    // reading the responses makes none pile up.
    let this = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
    taken.futureResult.whenSuccess { this.value.handler.end(keepAlive: keepAlive, context: this.value.context) }
    context.flush()
  }

  private func end(keepAlive: Bool, context: ChannelHandlerContext) {
    guard case .sending = state else { return }
    let keepAlive = keepAlive && !isDraining
    state = keepAlive ? .waiting : .closed
    closeUnlessDone(in: timeouts.transfer, context: context)
    context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
    if !keepAlive { context.close(promise: nil) }
  }

  private func closeUnlessDone(in timeout: TimeAmount, context: ChannelHandlerContext) {
    deadline?.cancel()
    let context = NIOLoopBound(context, eventLoop: context.eventLoop)
    deadline = context.value.eventLoop.scheduleTask(in: timeout) {
      context.value.close(promise: nil)
    }
  }
}

extension HTTPRequestHead {
  fileprivate var hasBody: Bool {
    headers.contains(name: "Transfer-Encoding") || headers["Content-Length"].contains { $0 != "0" }
  }
}
