import CurlHTTPClient
import Glibc
import Testing

@Suite("HTTP client: what is sent and what comes back", .timeLimit(.minutes(1)))
struct ResponseTests {
  @Test(
    "a response's status, body and version are returned, whatever the status",
    arguments: ["200 OK", "404 Not Found", "503 Busy"]
  )
  func response(status: String) async throws {
    let server = try await ScriptedServer { $0.respond(status, body: "some body") }
    let response = try await withClient { try await $0.get(server.url) }
    #expect(response.status == Int(status.prefix(3)))
    #expect(response.text == "some body")
    #expect(response.httpVersion == .http11)
  }

  @Test("the request has the path, the host and the headers it must have, and no others")
  func requestHead() async throws {
    let server = try await ScriptedServer { $0.respond() }
    let request = CurlHTTPClient.Request(
      url: server.url + "/prefix/../list%2F?id=%C3%A4%20b%2Bc%26%25d",
      username: "service",
      password: "päss:wörd"
    )
    _ = try await withClient { try await $0.execute(request) }
    #expect(
      server.requestHeads == [
        """
        GET /prefix/../list%2F?id=%C3%A4%20b%2Bc%26%25d HTTP/1.1\r
        Host: 127.0.0.1:\(server.port)\r
        Authorization: Basic c2VydmljZTpww6Rzczp3w7ZyZA==\r
        User-Agent: test/1\r
        Accept: */*\r
        \r\n
        """
      ]
    )
  }

  @Test("credentials do not stay for the next request on the same handle")
  func credentialsEnd() async throws {
    let server = try await ScriptedServer { $0.respond() }
    try await withClient { client in
      _ = try await client.execute(.init(url: server.url, username: "service", password: "secret"))
      _ = try await client.get(server.url)
    }
    #expect(server.requestHeads.map { $0.contains("Authorization") } == [true, false])
  }

  @Test("a status does not stay for the next request on the same handle")
  func statusEnds() async throws {
    let server = try await ScriptedServer { $0.respond() }
    try await withClient { client in
      _ = try await client.get(server.url)
      let error = await client.failure(of: .init(url: "http://127.0.0.1:1/"))
      #expect(error?.status == nil)
    }
  }

  @Test("a redirect is a response like any other")
  func redirect() async throws {
    let other = try await ScriptedServer { $0.respond() }
    let server = try await ScriptedServer { $0.respond("302 Found", header: "Location: \(other.url)/\r\n") }
    let response = try await withClient { try await $0.get(server.url) }
    #expect(response.status == 302)
    #expect(other.connectionCount == 0)
  }

  @Test("a chunked body is put together")
  func chunked() async throws {
    let server = try await ScriptedServer {
      $0.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nsome\r\n5\r\n body\r\n0\r\n\r\n")
    }
    let response = try await withClient { try await $0.get(server.url) }
    #expect(response.text == "some body")
  }

  @Test("a body that the server has compressed unasked is left as it is")
  func compressed() async throws {
    let bytes: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0x4B, 4, 0, 0x43, 0xBE, 0xB7, 0xE8, 1, 0, 0, 0]
    let server = try await ScriptedServer {
      $0.send("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: \(bytes.count)\r\n\r\n")
      $0.send(bytes)
    }
    let response = try await withClient { try await $0.get(server.url) }
    #expect(response.body == bytes)
    #expect(server.requestHeads.first?.lowercased().contains("accept-encoding") == false)
  }

  @Test("proxies from the environment are not used")
  func environmentProxies() async {
    // In a process of its own: other tests of this process do use the environment.
    await #expect(processExitsWith: .success) {
      for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] { setenv(name, "http://127.0.0.1:1", 1) }
      let server = try await ScriptedServer { $0.respond() }
      let response = try await withClient { try await $0.get(server.url) }
      #expect(response.status == 200)
    }
  }
}
