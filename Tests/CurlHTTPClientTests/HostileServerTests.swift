import CurlHTTPClient
import NIOCore
import Testing

/// What no honest server sends. Each test ends by what the client does, long before its time-out where it says so.
@Suite("HTTP client: hostile servers", .timeLimit(.minutes(1)))
struct HostileServerTests {
  typealias Request = CurlHTTPClient.Request

  @Test("a body that comes a byte at a time is ended by the time-out, which covers the whole request")
  func slowDrip() async throws {
    let server = try await ScriptedServer { exchange in
      exchange.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
      exchange.sendRepeatedly("x", every: .milliseconds(5))
    }
    let error = try await withClient { await $0.failure(of: Request(url: server.url, timeout: .milliseconds(200))) }
    #expect(error?.code == .timedOut)
    #expect(error?.status == 200)
  }

  @Test("headers that come a byte at a time are ended by the time-out")
  func slowHeaders() async throws {
    let server = try await ScriptedServer { exchange in
      exchange.send("HTTP/1.1 200 OK\r\nX: ")
      exchange.sendRepeatedly("x", every: .milliseconds(5))
    }
    let error = try await withClient { await $0.failure(of: Request(url: server.url, timeout: .milliseconds(200))) }
    #expect(error?.code == .timedOut)
  }

  @Test(
    "what never ends is ended by its limit, not by the time-out",
    arguments: [
      // A body without a declared end, one in chunks, many headers, one header, interim responses, and trailers.
      ("HTTP/1.1 200 OK\r\n\r\n", "xxxxxxxxxxxxxxxx"), ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\nx\r\n"),
      ("HTTP/1.1 200 OK\r\n", "X: y\r\n"), ("HTTP/1.1 200 OK\r\nX: ", "xxxxxxxxxxxxxxxx"), ("", "HTTP/1.1 100 Continue\r\n\r\n"),
      ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", "X: y\r\n"),
    ]
  )
  func endless(beginning: String, repeated: String) async throws {
    let piece = String(repeating: repeated, count: 1000)
    let server = try await ScriptedServer { exchange in
      exchange.send(beginning)
      exchange.sendRepeatedly(piece, every: .milliseconds(1))
    }
    let request = Request(url: server.url, timeout: .seconds(3600), maximumResponseByteCount: 64 * 1024)
    let error = try #require(await withClient { await $0.failure(of: request) })
    // The last is libcurl's word, before 8.6, for one line of headers that is longer than it takes.
    #expect([.responseTooLarge, .protocolError, .outOfMemory].contains(error.code))
  }

  @Test(
    "chunks that are none are no response",
    arguments: ["zz\r\nsome\r\n", "-1\r\nx\r\n", "ffffffffffffffffff\r\nx", "4\r\nsomething\r\n0\r\n\r\n", "\r\n\r\n"]
  )
  func garbageChunks(chunks: String) async throws {
    let server = try await ScriptedServer { exchange in
      exchange.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
      exchange.close()
    }
    let error = try #require(await withClient { await $0.failure(of: Request(url: server.url)) })
    #expect([.protocolError, .responseTruncated, .unreachable].contains(error.code))
  }

  @Test("a length that is none, is negative or does not fit is no response", arguments: ["x", "-1", "99999999999999999999"])
  func garbageLength(length: String) async throws {
    let server = try await ScriptedServer { exchange in
      exchange.send("HTTP/1.1 200 OK\r\nContent-Length: \(length)\r\n\r\nbody")
      exchange.close()
    }
    let error = try #require(await withClient { await $0.failure(of: Request(url: server.url)) })
    #expect([.protocolError, .responseTooLarge].contains(error.code))
  }

  @Test("an answer in HTTP/0.9, a body without status or headers, is a protocol error")
  func http09() async throws {
    let server = try await ScriptedServer { exchange in
      exchange.send("{\"destinationList\":[{\"name\":\"CIP\",\"active\":true}],\"success\":\"yes\"}")
      exchange.close()
    }
    let error = try await withClient { await $0.failure(of: Request(url: server.url)) }
    #expect(error?.code == .protocolError)
  }
}
