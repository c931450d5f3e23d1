import Authorization
import Logging
import StrictJSON
import Synchronization
import Testing

@Suite("ECPDSServer")
struct ECPDSServerTests {
  @Test(
    "The list's URL follows the base URL, with or without a path prefix and a trailing slash",
    arguments: [
      ("https://a.example", "https://a.example/ecpds/v1/destination/list?id=alice"),
      ("https://a.example/", "https://a.example/ecpds/v1/destination/list?id=alice"),
      ("https://a.example:8443/x/y", "https://a.example:8443/x/y/ecpds/v1/destination/list?id=alice"),
      ("https://a.example/x/", "https://a.example/x/ecpds/v1/destination/list?id=alice"),
    ]
  )
  func url(_ baseURL: String, _ expected: String) {
    #expect(ECPDSServer(index: 0, baseURL: baseURL).listURL(forUsername: "alice") == expected)
  }

  @Test("Every byte of the username but the unreserved characters is percent-encoded")
  func percentEncoding() {
    let unreserved = "ABCXYZabcxyz0189-._~"
    #expect(query(ExactString(unreserved)) == unreserved)
    #expect(query("a b&id=c#d/e?f%2B+@:") == "a%20b%26id%3Dc%23d%2Fe%3Ff%252B%2B%40%3A")
    #expect(query("\u{E9}") == "%C3%A9")
    #expect(query("e\u{301}") == "e%CC%81")
    #expect(query("𝄞") == "%F0%9D%84%9E")
  }

  private func query(_ username: ExactString) -> String {
    let url = ECPDSServer(index: 0, baseURL: "https://a.example").listURL(forUsername: username)
    return String(url.drop { $0 != "=" }.dropFirst())
  }
}

@Suite("DestinationFetcher")
struct DestinationFetcherTests {
  @Test("Every server is asked once, with the credentials, limits and time-outs of the configuration")
  func request() async throws {
    let harness = Harness(["a": .list("A"), "b": .list("B")])
    let fetched = try await harness.fetcher.fetchDestinations(for: "alice", logger: harness.logger)
    #expect(fetched.destinations.names == ["A", "B"])
    #expect(fetched.outcome == .success)
    let expected = ["a", "b"].map {
      HTTPRequest(
        url: "https://\($0)/ecpds/v1/destination/list?id=alice",
        credentials: HTTPCredentials(username: "service", password: "hunter2"),
        connectTimeout: .seconds(5),
        timeout: .seconds(30),
        maximumResponseByteCount: 16 * 1024 * 1024
      )
    }
    #expect(await Set(harness.transport.requests) == Set(expected))
    #expect(await harness.transport.requests.count == 2)
  }

  @Test("The servers are asked at once: all have been asked before any has answered")
  func parallel() async {
    let harness = Harness(["a": .list("A"), "b": .list("B"), "c": .list("C")])
    await harness.transport.hold()
    let fetch = Task { await harness.fetcher.fetchReport(for: "alice", logger: harness.logger) }
    await harness.transport.waitForRequests(3)
    await harness.transport.release()
    #expect(await fetch.value.outcome == .success)
  }

  @Test(
    "Each way of failing has its outcome",
    arguments: [
      (.error(.unreachable), .unreachable), (.error(.timedOut), .unreachable), (.error(.tlsFailed), .unreachable),
      (.error(.malformedResponse), .unreachable), (.error(.cancelled), .unreachable), (.status(401), .http401),
      (.status(403), .http403), (.status(404), .http4xx), (.status(302), .http5xx), (.status(500), .http5xx),
      (.status(200), .invalidResponse), (.status(204), .invalidResponse), (.ok("<html>"), .invalidResponse),
      (.error(.responseTooLarge, status: 200), .invalidResponse), (.error(.responseTooLarge, status: 401), .http401),
      (.error(.responseTruncated, status: 200), .invalidResponse), (.error(.responseTruncated, status: 503), .http5xx),
      (.error(.responseTooLarge, status: 503), .http5xx), (.error(.responseTooLarge), .invalidResponse),
    ] as [(Result<HTTPResponse, HTTPTransportError>, FetchOutcome)]
  )
  func outcomes(_ answer: Result<HTTPResponse, HTTPTransportError>, _ expected: FetchOutcome) async {
    let harness = Harness(["a": answer])
    let report = await harness.fetcher.fetchReport(for: "alice", logger: harness.logger)
    #expect(report.outcome == expected)
    #expect(throws: FetchFailure.self) { try report.result.get() }
    #expect(harness.metrics.nonZero("aviso_ecpds_fetch_total") == ["{outcome=\(expected.rawValue)}": 1])
  }

  @Test("The report has every server in order, with status, duration, records and error")
  func report() async throws {
    let harness = Harness(["a": .ok(fixtures["record_without_name"] ?? ""), "b": .status(503), "c": .error(.timedOut)])
    let report = await harness.fetcher.fetchReport(for: "alice", logger: harness.logger)
    #expect(report.servers.map(\.server.baseURL) == ["https://a", "https://b", "https://c"])
    #expect(report.servers.map(\.status) == [200, 503, nil])
    #expect(report.servers.map(\.outcome) == [.success, .http5xx, .unreachable])
    #expect(report.servers.allSatisfy { $0.duration >= .milliseconds(1) })
    let list = try report.servers[0].result.get()
    #expect([list.recordCount, list.skippedInactive, list.skippedWithoutField] == [6, 2, 2])
    #expect { try report.servers[1].result.get() } throws: { "\($0)" == "http_5xx: The server answered with status 503" }
  }

  @Test("The credentials are asked for at each request, since they may have changed")
  func credentials() async {
    let passwords = Mutex(["first", "second", "third"])
    let transport = FakeTransport(["a": .list("A")])
    let fetcher = DestinationFetcher(
      configuration: DestinationFetcher.Configuration(
        servers: ["https://a"],
        credentials: HTTPCredentials(username: "service", password: passwords.withLock { $0.removeFirst() })
      ),
      transport: transport,
      metrics: AuthorizationMetrics(factory: TestMetrics(), serverCount: 1),
      now: { .zero }
    )
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    for _ in 0..<2 { _ = await fetcher.fetchReport(for: "alice", logger: logger) }
    #expect(await transport.requests.map(\.credentials.password) == ["first", "second"])
  }

  @Test("A cancelled fetch fails, even where the policy could do with what came")
  func cancelled() async {
    let harness = Harness(["a": .list("A"), "b": .list("B")], policy: .anySuccess)
    await harness.transport.hold()
    let fetch = Task { await harness.fetcher.fetchReport(for: "alice", logger: harness.logger) }
    await harness.transport.waitForRequests(2)
    fetch.cancel()
    await harness.transport.release()
    let report = await fetch.value
    #expect(report.servers.map(\.outcome) == [.success, .success])
    #expect(throws: FetchFailure(outcome: .unreachable, message: "The fetch was cancelled")) { try report.result.get() }
  }

  @Test("No description, interpolation or dump of a request shows the password")
  func redaction() {
    let request = HTTPRequest(
      url: "https://a",
      credentials: HTTPCredentials(username: "service", password: "hunter2"),
      connectTimeout: .seconds(5),
      timeout: .seconds(30),
      maximumResponseByteCount: 1
    )
    var dumped = ""
    dump(request, to: &dumped)
    for text in [
      "\(request)", String(reflecting: request), "\(request.credentials)", String(reflecting: request.credentials), dumped,
    ] {
      #expect(!text.contains("hunter2"))
      #expect(text.contains("service"))
    }
  }
}
