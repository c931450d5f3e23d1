import NIOConcurrencyHelpers
import NIOCore
import NIOPosix

/// A server that does with a connection exactly what a test says, byte by byte.
final class ScriptedServer: Sendable {
  /// What one request's script can do with the connection that it came on.
  struct Exchange: Sendable {
    /// The connection's number, from 1.
    let connection: Int
    /// The request as it came, up to its empty line.
    let head: String
    fileprivate let channel: any Channel

    func send(_ text: String) {
      send(Array(text.utf8))
    }

    func send(_ bytes: [UInt8]) {
      channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil)
    }

    /// Sends the text again and again until the connection ends.
    func sendRepeatedly(_ text: String, every interval: TimeAmount) {
      let bytes = ByteBuffer(string: text)
      let sending = channel.eventLoop.scheduleRepeatedTask(initialDelay: .zero, delay: interval) { _ in
        // No more than the peer takes: a peer that has stopped reading must not fill this process's memory.
        if channel.isWritable { channel.writeAndFlush(bytes, promise: nil) }
      }
      whenClosed { sending.cancel() }
    }

    /// A complete response on a connection that is kept.
    func respond(_ status: String = "200 OK", header: String = "", body: String = "") {
      send("HTTP/1.1 \(status)\r\n\(header)Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    /// An orderly end.
    func close() {
      channel.close(promise: nil)
    }

    /// An end with RST.
    func reset() {
      let lingering = (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0))
      lingering?.whenComplete { _ in channel.close(promise: nil) }
    }

    /// Runs `body` once the connection has ended.
    func whenClosed(_ body: @escaping @Sendable () -> Void) {
      channel.closeFuture.whenComplete { _ in body() }
    }
  }

  private let channel: any Channel
  private let heads: NIOLockedValueBox<[String]>
  private let connections: NIOLockedValueBox<Int>

  let port: Int
  var url: String { "http://127.0.0.1:\(port)" }
  /// How many connections there have been.
  var connectionCount: Int { connections.withLockedValue { $0 } }
  /// The requests so far.
  var requestHeads: [String] { heads.withLockedValue { $0 } }

  /// `greeting` is sent on every new connection, before any request.
  init(greeting: String = "", _ script: @escaping @Sendable (Exchange) -> Void) async throws {
    let heads = NIOLockedValueBox<[String]>([])
    let connections = NIOLockedValueBox(0)
    let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .serverChannelOption(.backlog, value: 256)
      .childChannelInitializer { channel in
        let number = connections.withLockedValue { count in
          count += 1
          return count
        }
        return channel.eventLoop.makeCompletedFuture {
          let handler = RequestHeadHandler { head in
            heads.withLockedValue { $0.append(head) }
            script(Exchange(connection: number, head: head, channel: channel))
          }
          try channel.pipeline.syncOperations.addHandler(handler)
          if !greeting.isEmpty { channel.writeAndFlush(ByteBuffer(string: greeting), promise: nil) }
        }
      }
    channel = try await bootstrap.bind(host: "127.0.0.1", port: 0).get()
    port = channel.localAddress?.port ?? 0
    self.heads = heads
    self.connections = connections
  }

  deinit {
    channel.close(promise: nil)
  }
}

/// Tells of every request head; the requests have no bodies.
private final class RequestHeadHandler: ChannelInboundHandler {
  typealias InboundIn = ByteBuffer

  private var text = ""
  private let onHead: (String) -> Void

  init(_ onHead: @escaping (String) -> Void) {
    self.onHead = onHead
  }

  func channelRead(context: ChannelHandlerContext, data: NIOAny) {
    text += String(buffer: unwrapInboundIn(data))
    while let end = text.firstRange(of: "\r\n\r\n") {
      let head = String(text[..<end.upperBound])
      text.removeSubrange(..<end.upperBound)
      onHead(head)
    }
  }

  func errorCaught(context: ChannelHandlerContext, error: any Error) {
    context.close(promise: nil)
  }
}
