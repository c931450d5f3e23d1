import CurlHTTPClient
import Testing

@Suite("HTTP client: failures", .timeLimit(.minutes(1)))
struct FailureTests {
  typealias Request = CurlHTTPClient.Request

  @Test(
    "a URL that is none, or none of http and https, is refused before anything is sent",
    arguments: [
      "", "host/path", "//host/", "file:///etc/passwd", "ftp://127.0.0.1/", "httpx://127.0.0.1/", "http:/127.0.0.1/", "http://",
      "http://127.0.0.1:99999/", "http://127.0.0.1/a b", "http://127.0.0.1/\u{0}cut", "http://127.0.0.1/\r\nX: y",
    ]
  )
  func invalidURL(url: String) async throws {
    let error = try await withClient { await $0.failure(of: Request(url: url)) }
    #expect(error?.code == .invalidURL)
    #expect(error?.isRetriable == false)
  }

  @Test("a URL with user information is refused, and the error does not show it")
  func userInformation() async throws {
    let server = try await ScriptedServer { $0.respond() }
    let url = "http://someone:hunter2@127.0.0.1:\(server.port)/"
    let error = try #require(await withClient { await $0.failure(of: Request(url: url)) })
    #expect(error.code == .invalidURL)
    #expect(!"\(error)".contains("hunter2"))
    #expect(server.connectionCount == 0)
  }

  @Test(
    "a user name or password that Basic authentication cannot carry is refused",
    arguments: [("na:me", "secret"), ("na\u{0}me", "secret"), ("name", "sec\u{0}ret"), ("name", "secret\r\n")]
  )
  func invalidCredentials(username: String, password: String) async throws {
    let server = try await ScriptedServer { $0.respond() }
    let request = Request(url: server.url, username: username, password: password)
    let error = try await withClient { await $0.failure(of: request) }
    #expect(error?.code == .invalidCredentials)
    #expect(server.connectionCount == 0)
  }

  @Test("a port where nobody listens is unreachable")
  func connectionRefused() async throws {
    let error = try #require(await withClient { await $0.failure(of: Request(url: "http://127.0.0.1:1/")) })
    #expect(error.code == .unreachable)
    #expect(error.curlCode == 7)
    #expect(error.isRetriable)
    #expect(error.message.contains("127.0.0.1"))
  }

  @Test("a name that does not exist is unreachable")
  func unknownName() async throws {
    let error = try #require(await withClient { await $0.failure(of: Request(url: "http://nowhere.invalid/")) })
    #expect(error.code == .unreachable)
    #expect(error.curlCode == 6)
  }

  @Test("a server that never answers is timed out")
  func noAnswer() async throws {
    let server = try await ScriptedServer { _ in }
    let error = try await withClient { await $0.failure(of: Request(url: server.url, timeout: .milliseconds(50))) }
    #expect(error?.code == .timedOut)
    #expect(error?.status == nil)
    #expect(error?.isRetriable == true)
  }

  @Test("a body that never ends is timed out, and the status is known")
  func endlessBody() async throws {
    let server = try await ScriptedServer { $0.send("HTTP/1.1 503 Busy\r\nContent-Length: 10\r\n\r\nhalf") }
    let error = try await withClient { await $0.failure(of: Request(url: server.url, timeout: .milliseconds(200))) }
    #expect(error?.code == .timedOut)
    #expect(error?.status == 503)
  }

  @Test("a TLS handshake that never ends is timed out by the connect time-out")
  func connectTimeout() async throws {
    let server = try await ScriptedServer { _ in }
    let request = Request(url: "https://127.0.0.1:\(server.port)/", connectTimeout: .milliseconds(50), timeout: .seconds(3600))
    let error = try await withClient { await $0.failure(of: request) }
    #expect(error?.code == .timedOut)
    #expect(error?.curlCode == 28)
  }

  @Test("a body that is declared too long is not received")
  func declaredTooLarge() async throws {
    // Only the declaration is sent: to wait for the body would be to wait for the time-out.
    let server = try await ScriptedServer { $0.send("HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n") }
    let request = Request(url: server.url, maximumResponseByteCount: 10)
    let error = try await withClient { await $0.failure(of: request) }
    #expect(error?.code == .responseTooLarge)
    #expect(error?.status == 200)
  }

  @Test("a body that is too long without saying so ends the transfer")
  func undeclaredTooLarge() async throws {
    let server = try await ScriptedServer { $0.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\nhello world\r\n") }
    let request = Request(url: server.url, maximumResponseByteCount: 10)
    let error = try await withClient { await $0.failure(of: request) }
    #expect(error?.code == .responseTooLarge)
    #expect(error?.status == 200)
  }

  @Test("a body of exactly the allowed length is received")
  func exactlyAsLarge() async throws {
    let server = try await ScriptedServer { $0.respond(body: "0123456789") }
    let response = try await withClient { try await $0.execute(Request(url: server.url, maximumResponseByteCount: 10)) }
    #expect(response.text == "0123456789")
  }

  @Test("a header that is too long ends the transfer")
  func headerTooLarge() async throws {
    let line = "X: \(String(repeating: "x", count: 1000))\r\n"
    let server = try await ScriptedServer { $0.send("HTTP/1.1 200 OK\r\n" + String(repeating: line, count: 70)) }
    let error = try await withClient { await $0.failure(of: Request(url: server.url)) }
    #expect(error?.code == .responseTooLarge)
  }

  @Test("a body that ends early is no response")
  func partialBody() async throws {
    let server = try await ScriptedServer { exchange in
      exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")
      exchange.close()
    }
    let error = try await withClient { await $0.failure(of: Request(url: server.url)) }
    #expect(error?.code == .responseTruncated)
    #expect(error?.status == 200)
  }

  @Test("a chunked body that ends early is no response")
  func partialChunks() async throws {
    let server = try await ScriptedServer { exchange in
      exchange.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")
      exchange.close()
    }
    let error = try await withClient { await $0.failure(of: Request(url: server.url)) }
    #expect(error?.code == .responseTruncated)
  }

  @Test(
    "a connection that is reset is unreachable, before and within the response",
    arguments: ["", "HTTP/1.1 200 OK\r\nContent-Le"]
  )
  func reset(beginning: String) async throws {
    let server = try await ScriptedServer { exchange in
      exchange.send(beginning)
      exchange.reset()
    }
    let error = try await withClient { await $0.failure(of: Request(url: server.url)) }
    #expect(error?.code == .unreachable)
    #expect(error?.isRetriable == true)
  }

  @Test("an answer that is not HTTP is a protocol error")
  func notHTTP() async throws {
    let server = try await ScriptedServer { exchange in
      exchange.send("+OK POP3 server ready, and what more it may have to say\r\n")
      exchange.close()
    }
    let error = try await withClient { await $0.failure(of: Request(url: server.url)) }
    #expect(error?.code == .protocolError)
  }

  @Test("a plain server on an https URL is a TLS failure")
  func plainServer() async throws {
    let server = try await ScriptedServer(greeting: "220 mail server ready\r\n") { _ in }
    let error = try await withClient { await $0.failure(of: Request(url: "https://127.0.0.1:\(server.port)/")) }
    #expect(error?.code == .tlsFailed)
    #expect(error?.isRetriable == false)
  }

  @Test("a password shows in no description, dump or error")
  func redaction() async throws {
    let request = Request(url: "http://127.0.0.1:1/", username: "service", password: "hunter2")
    var dumped = ""
    dump(request, to: &dumped)
    let error = try #require(await withClient { await $0.failure(of: request) })
    var dumpedError = ""
    dump(error, to: &dumpedError)
    for text in ["\(request)", String(reflecting: request), dumped, "\(error)", String(reflecting: error), dumpedError] {
      #expect(!text.contains("hunter2"))
      #expect(!text.isEmpty)
    }
    #expect(dumped.contains("service"))
  }
}
