import CurlHTTPClient
import Foundation
import Testing

@Suite(
  "HTTP client: TLS and HTTP/2",
  .enabled(if: TLSServer.isAvailable, "AVISO_ECPDS_TEST_PYTHON names no Python interpreter; Tests/run prepares one"),
  .timeLimit(.minutes(1))
)
struct TLSTests {
  @Test("a server with a certificate of the private authority is trusted when its file is configured, and HTTP/2 is spoken")
  func privateAuthority() async throws {
    let server = try await TLSServer.start()
    let response = try await withClient(caFile: server.caFile) { try await $0.get(server.url(.http2)) }
    #expect(response.status == 200)
    #expect(response.text == "hello")
    #expect(response.httpVersion == .http2)
  }

  @Test("a server that has no HTTP/2 is spoken to in HTTP/1.1")
  func onlyHTTP1() async throws {
    let server = try await TLSServer.start()
    let response = try await withClient(caFile: server.caFile) { try await $0.get(server.url(.http1)) }
    #expect(response.text == "hello")
    #expect(response.httpVersion == .http11)
  }

  @Test("a hundred requests at once over HTTP/2 are answered, on the connections that are allowed", arguments: [1, 64])
  func multiplexed(maximumConnections: Int) async throws {
    let server = try await TLSServer.start()
    try await withClient(caFile: server.caFile, maximumConnectionsPerHost: maximumConnections) { client in
      try await withThrowingTaskGroup(of: CurlHTTPClient.HTTPVersion.self) { group in
        for _ in 0..<100 { group.addTask { try await client.get(server.url(.http2)).httpVersion } }
        for try await version in group { #expect(version == .http2) }
      }
    }
  }

  @Test("the private authority is trusted beside the system's, not in their place")
  func besideTheSystem() async throws {
    let server = try await TLSServer.start()
    try await withClient(caFile: server.caFile, caDirectory: server.caDirectory) { client in
      for kind in [TLSServer.Kind.http1, .systemAuthority] {
        let response = try await client.get(server.url(kind))
        #expect(response.status == 200)
      }
    }
  }

  @Test("without a private authority only the system's are trusted")
  func systemAlone() async throws {
    let server = try await TLSServer.start()
    try await withClient(caDirectory: server.caDirectory) { client in
      let response = try await client.get(server.url(.systemAuthority))
      #expect(response.status == 200)
      #expect(await client.failure(of: .init(url: server.url(.http1)))?.code == .tlsFailed)
    }
  }

  @Test(
    "a certificate that is not to be trusted is a TLS failure",
    arguments: [TLSServer.Kind.systemAuthority, .otherName, .expired, .selfSigned]
  )
  func untrusted(kind: TLSServer.Kind) async throws {
    let server = try await TLSServer.start()
    let error = try await withClient(caFile: server.caFile) { client in
      await client.failure(of: .init(url: server.url(kind), username: "service", password: "hunter2"))
    }
    #expect(error?.code == .tlsFailed)
    #expect(error?.isRetriable == false)
    #expect(error?.status == nil)
  }

  @Test("a server that has TLS 1.1 and nothing newer is refused")
  func obsoleteTLS() async throws {
    let server = try await TLSServer.start()
    let request = CurlHTTPClient.Request(url: server.url(.obsoleteTLS))
    let error = try #require(await withClient(caFile: server.caFile) { await $0.failure(of: request) })
    #expect(error.code == .tlsFailed)
    // The version itself, and not one of the reasons that OpenSSL's security level finds later, which depends on the machine.
    #expect(error.message.contains("alert protocol version"))
  }

  @Test("a CA file with certificates that cannot be read is named at the first request")
  func damagedFile() async throws {
    let server = try await TLSServer.start()
    let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path()
    defer { try? FileManager.default.removeItem(atPath: file) }
    try "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n".write(
      toFile: file,
      atomically: true,
      encoding: .utf8
    )
    let error = try #require(await withClient(caFile: file) { await $0.failure(of: .init(url: server.url(.http1))) })
    #expect(error.code == .tlsFailed)
    #expect(error.message.contains(file))
  }
}
