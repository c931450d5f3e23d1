import NIOCore
import NIOPosix
import Observability
import Testing

@Suite("Operations client", .timeLimit(.minutes(1)))
struct OperationsClientTests {
  @Test("It returns status and body, whatever the status")
  func answers() async throws {
    try await TestServer(readiness: { .failing(reason: "not connected") }).run { endpoint in
      let ready = try await OperationsClient.get("/readyz", from: endpoint)
      #expect(ready == OperationsClient.Response(status: 503, body: "not connected\n"))
      let healthy = try await OperationsClient.get("/healthz", from: endpoint)
      #expect(healthy == OperationsClient.Response(status: 200, body: "ok\n"))
    }
  }

  @Test("Nobody there is an error that names host and port")
  func nobody() async throws {
    let endpoint = try await TestServer().run { $0 }
    let error = await #expect(throws: OperationsHTTPError.self) { try await OperationsClient.get("/readyz", from: endpoint) }
    #expect(error?.code == .connectFailed)
    #expect(error?.message.contains("127.0.0.1:\(endpoint.port)") == true)
  }

  @Test("A server that does not answer is a time-out")
  func timeout() async throws {
    try await withListener(answer: nil) { endpoint in
      let error = await #expect(throws: OperationsHTTPError.self) {
        try await OperationsClient.get("/readyz", from: endpoint, timeout: .milliseconds(50))
      }
      #expect(error?.code == .timedOut)
    }
  }

  @Test(
    "What is no HTTP, cut off or too large is an error",
    arguments: [
      "no HTTP at all\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", "",
      "HTTP/1.1 200 OK\r\nContent-Length: 65537\r\n\r\n" + String(repeating: "x", count: 65_537),
    ]
  )
  func invalid(answer: String) async throws {
    try await withListener(answer: answer) { endpoint in
      let error = await #expect(throws: OperationsHTTPError.self) { try await OperationsClient.get("/readyz", from: endpoint) }
      #expect(error?.code == .invalidResponse)
    }
  }

  @Test("A body of exactly the limit is whole")
  func largest() async throws {
    let body = String(repeating: "x", count: 65_536)
    try await withListener(answer: "HTTP/1.1 200 OK\r\nContent-Length: 65536\r\n\r\n" + body) { endpoint in
      let response = try await OperationsClient.get("/readyz", from: endpoint)
      #expect(response.body == body)
    }
  }

  /// A listener that answers every connection with `answer` as soon as something comes, and closes it; or with silence.
  private func withListener(answer: String?, body: (NetworkEndpoint) async throws -> Void) async throws {
    let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
      .childChannelInitializer { channel in
        channel.eventLoop.makeCompletedFuture {
          try channel.pipeline.syncOperations.addHandler(CannedAnswer(answer))
        }
      }
      .bind(host: "127.0.0.1", port: 0).get()
    try await body(NetworkEndpoint(host: "127.0.0.1", port: listener.localAddress?.port ?? 0))
    try await listener.close()
  }

  private final class CannedAnswer: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer
    private let answer: String?

    init(_ answer: String?) { self.answer = answer }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
      guard let answer else { return }
      context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
      context.close(promise: nil)
    }
  }
}
