import Logging
import NIOConcurrencyHelpers
import NIOCore
import ServiceLifecycle
import Testing

@testable import Observability

@Suite("Operations server", .timeLimit(.minutes(1)))
struct OperationsServerTests {
  @Test("/metrics is the text with the content type that Prometheus expects")
  func metrics() async throws {
    let answer = try await TestServer().run { try await RawHTTP.exchange(RawHTTP.request("/metrics"), with: $0) }
    #expect(
      answer == RawHTTP.response("200 OK", contentType: "text/plain; version=0.0.4; charset=utf-8", body: "a_total 1\n")
    )
  }

  @Test("/healthz and /readyz say ok, or 503 and why, each for itself; a query changes nothing")
  func health() async throws {
    let answers = try await TestServer(health: { .failing(reason: "the loop hangs") }).run { endpoint in
      try await [
        RawHTTP.exchange(RawHTTP.request("/healthz"), with: endpoint),
        RawHTTP.exchange(RawHTTP.request("/readyz?verbose=1"), with: endpoint),
      ]
    }
    #expect(
      answers == [
        RawHTTP.response("503 Service Unavailable", body: "the loop hangs\n"), RawHTTP.response("200 OK", body: "ok\n"),
      ]
    )
  }

  @Test("Readiness is asked anew for each request")
  func changing() async throws {
    let isReady = NIOLockedValueBox(false)
    try await TestServer(readiness: { isReady.withLockedValue { $0 } ? .ok : .failing(reason: "not connected") }).run {
      endpoint in
      let before = try await RawHTTP.exchange(RawHTTP.request("/readyz"), with: endpoint)
      #expect(before == RawHTTP.response("503 Service Unavailable", body: "not connected\n"))
      isReady.withLockedValue { $0 = true }
      let after = try await RawHTTP.exchange(RawHTTP.request("/readyz"), with: endpoint)
      #expect(after == RawHTTP.response("200 OK", body: "ok\n"))
    }
  }

  @Test("HEAD is answered like GET, without the body")
  func head() async throws {
    let answer = try await TestServer().run { try await RawHTTP.exchange(RawHTTP.request("/healthz", method: "HEAD"), with: $0) }
    #expect(
      answer
        == "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 3\r\nConnection: close\r\n\r\n"
    )
  }

  @Test("Other paths are 404, other methods 405 with what is allowed")
  func refusals() async throws {
    let answers = try await TestServer().run { endpoint in
      try await [
        RawHTTP.exchange(RawHTTP.request("/"), with: endpoint),
        RawHTTP.exchange(RawHTTP.request("/metrics/"), with: endpoint),
        RawHTTP.exchange(RawHTTP.request("/metrics", method: "DELETE"), with: endpoint),
      ]
    }
    #expect(
      answers == [
        RawHTTP.response("404 Not Found", body: "not found\n"),
        RawHTTP.response("404 Not Found", body: "not found\n"),
        RawHTTP.response("405 Method Not Allowed", headers: "Allow: GET, HEAD\r\n", body: "method not allowed\n"),
      ]
    )
  }

  @Test("A request body is refused with 413", arguments: ["Content-Length: 5\r\n", "Transfer-Encoding: chunked\r\n"])
  func requestBody(header: String) async throws {
    let answer = try await TestServer().run { endpoint in
      try await RawHTTP.exchange(RawHTTP.request("/healthz", headers: header), with: endpoint)
    }
    #expect(answer == RawHTTP.response("413 Payload Too Large", body: "no request body is accepted\n"))
  }

  @Test("A request head over the limit is refused and the connection closed", arguments: ["field", "target"])
  func oversizeHead(kind: String) async throws {
    let large = String(repeating: "x", count: 600)
    let request = kind == "field" ? RawHTTP.request("/healthz", headers: "a: \(large)\r\n") : RawHTTP.request("/healthz?\(large)")
    let answer = try await TestServer(configure: { $0.maximumHeaderSize = 1_024 }).run {
      try await RawHTTP.exchange(request, with: $0)
    }
    #expect(answer == "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
  }

  @Test("What is no HTTP is refused and the connection closed")
  func garbage() async throws {
    let answer = try await TestServer().run { try await RawHTTP.exchange("\u{16}\u{3}\u{1} no HTTP\r\n\r\n", with: $0) }
    #expect(answer.hasPrefix("HTTP/1.1 400 Bad Request\r\n"))
  }

  @Test("A connection serves several requests, also when they come at once, in their order")
  func keepAlive() async throws {
    let answer = try await TestServer().run { endpoint in
      let first = "GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n"
      return try await RawHTTP.exchange(first + first + RawHTTP.request("/metrics"), with: endpoint)
    }
    let kept = RawHTTP.response("200 OK", body: "ok\n").replacing("Connection: close", with: "Connection: keep-alive")
    #expect(
      answer == kept + kept
        + RawHTTP.response("200 OK", contentType: "text/plain; version=0.0.4; charset=utf-8", body: "a_total 1\n")
    )
  }

  @Test("A response larger than the socket's buffers arrives whole")
  func largeResponse() async throws {
    let text = String(repeating: "metric_total 1\n", count: 1 << 19)
    let answer = try await TestServer(metrics: { text }).run { try await RawHTTP.exchange(RawHTTP.request("/metrics"), with: $0) }
    #expect(answer.utf8.count > text.utf8.count)
    #expect(answer.hasSuffix("\r\n\r\n" + text))
  }

  @Test("A handler that hangs is answered for with 503, the other endpoints go on, and its late answer goes nowhere")
  func hungHandler() async throws {
    let release = OneTimeValue<Void>()
    try await TestServer(
      health: {
        try? await release.value
        return .ok
      },
      configure: { $0.endpointTimeout = .milliseconds(20) }
    ).run { endpoint in
      let timedOut = RawHTTP.response("503 Service Unavailable", body: "timed out\n")
      #expect(try await RawHTTP.exchange(RawHTTP.request("/healthz"), with: endpoint) == timedOut)
      // On one connection: the late answer to the first request must not become that to the second.
      let request = "GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n"
      let both = try await RawHTTP.exchange(request + RawHTTP.request("/healthz"), with: endpoint)
      #expect(both == timedOut.replacing("Connection: close", with: "Connection: keep-alive") + timedOut)
      release.resolve(.success(()))
      // It has as little time, which on a busy machine may not be enough at once.
      while !(try await RawHTTP.exchange(RawHTTP.request("/metrics"), with: endpoint).hasPrefix("HTTP/1.1 200 OK")) {}
    }
  }

  @Test("Handlers that hang do not pile up: beyond the limit 503 is answered without asking")
  func boundedAnswers() async throws {
    let release = OneTimeValue<Void>()
    let callCount = NIOLockedValueBox(0)
    try await TestServer(
      health: {
        callCount.withLockedValue { $0 += 1 }
        try? await release.value
        return .ok
      },
      configure: {
        $0.endpointTimeout = .milliseconds(20)
        $0.maximumConnectionCount = 1
      }
    ).run { endpoint in
      let request = "GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n"
      let answer = try await RawHTTP.exchange(request + request, with: endpoint)
      #expect(answer.hasSuffix(RawHTTP.response("503 Service Unavailable", body: "too many requests are waiting\n")))
      #expect(callCount.withLockedValue { $0 } == 1)
      release.resolve(.success(()))
    }
  }

  @Test("A connection beyond the limit is closed at once")
  func connectionLimit() async throws {
    try await TestServer(configure: { $0.maximumConnectionCount = 1 }).run { endpoint in
      try await RawHTTP.connect(to: endpoint).executeThenClose { inbound, outbound in
        try await outbound.write(ByteBuffer(string: "GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n"))
        var parts = inbound.makeAsyncIterator()
        #expect(try await parts.next() != nil)
        #expect(
          try await RawHTTP.connect(to: endpoint).executeThenClose { second, _ in try await RawHTTP.readToEnd(second) } == ""
        )
      }
    }
  }

  @Test("A connection that sends nothing is closed")
  func idle() async throws {
    let received = try await TestServer(configure: { $0.transferTimeout = .milliseconds(20) }).run { endpoint in
      try await RawHTTP.connect(to: endpoint).executeThenClose { inbound, _ in try await RawHTTP.readToEnd(inbound) }
    }
    #expect(received == "")
  }

  @Test("A port in use is an error that names host and port")
  func portInUse() async throws {
    try await TestServer().run { endpoint in
      let second = OperationsServer(
        configuration: .init(endpoint: endpoint),
        health: { .ok },
        readiness: { .ok },
        metrics: { "" }
      )
      let error = try await #require(throws: OperationsHTTPError.self) { try await second.run() }
      #expect(error.code == .addressInUse)
      #expect(error.message == "Cannot listen on 127.0.0.1:\(endpoint.port): the address is already in use")
      await #expect(throws: error) { try await second.boundAddress }
    }
  }

  @Test("A host that cannot be listened on is an error that names it")
  func badHost() async throws {
    let server = OperationsServer(
      configuration: .init(endpoint: NetworkEndpoint(host: "192.0.2.1", port: 9464)),
      health: { .ok },
      readiness: { .ok },
      metrics: { "" }
    )
    let error = await #expect(throws: OperationsHTTPError.self) { try await server.run() }
    #expect(error?.code == .listenFailed)
    #expect(error?.message.hasPrefix("Cannot listen on 192.0.2.1:9464: ") == true)
  }

  @Test("Graceful shutdown closes idle connections, answers the request under way, and ends the service")
  func gracefulShutdown() async throws {
    let (asked, askedContinuation) = AsyncStream.makeStream(of: Void.self)
    let release = OneTimeValue<Void>()
    let server = OperationsServer(
      configuration: .init(endpoint: NetworkEndpoint(host: "127.0.0.1", port: 0)),
      health: {
        askedContinuation.yield()
        try? await release.value
        return .ok
      },
      readiness: { .ok },
      metrics: { "" }
    )
    let services = ServiceGroup(services: [server], logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    async let ended: Void = services.run()
    let endpoint = try await server.boundAddress

    try await RawHTTP.connect(to: endpoint).executeThenClose { idle, idleOutbound in
      try await idleOutbound.write(ByteBuffer(string: "GET /readyz HTTP/1.1\r\nHost: test\r\n\r\n"))
      var idleParts = idle.makeAsyncIterator()
      #expect(try await idleParts.next() != nil)

      async let answer = RawHTTP.exchange("GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n", with: endpoint)
      var askedIterator = asked.makeAsyncIterator()
      await askedIterator.next()

      await services.triggerGracefulShutdown()
      while try await idleParts.next() != nil {}
      release.resolve(.success(()))
      #expect(try await answer == RawHTTP.response("200 OK", body: "ok\n"))
    }
    try await ended
    await #expect(throws: (any Error).self) { try await RawHTTP.connect(to: endpoint) }
  }
}
