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
    let response = try await withClient { try await $0.get(server.url(.http2), trusting: server.authorities) }
    #expect(response.status == 200)
    #expect(response.text == "hello")
    #expect(response.httpVersion == .http2)
  }

  @Test("a server that has no HTTP/2 is spoken to in HTTP/1.1")
  func onlyHTTP1() async throws {
    let server = try await TLSServer.start()
    let response = try await withClient { try await $0.get(server.url(.http1), trusting: server.authorities) }
    #expect(response.text == "hello")
    #expect(response.httpVersion == .http11)
  }

  @Test("a hundred requests at once over HTTP/2 are answered, on the connections that are allowed", arguments: [1, 64])
  func multiplexed(maximumConnections: Int) async throws {
    let server = try await TLSServer.start()
    try await withClient(maximumConnectionsPerHost: maximumConnections) { client in
      try await withThrowingTaskGroup(of: CurlHTTPClient.HTTPVersion.self) { group in
        for _ in 0..<100 {
          group.addTask { try await client.get(server.url(.http2), trusting: server.authorities).httpVersion }
        }
        for try await version in group { #expect(version == .http2) }
      }
    }
  }

  @Test("the private authority is trusted beside the system's, not in their place")
  func besideTheSystem() async throws {
    let server = try await TLSServer.start()
    try await withClient(caDirectory: server.caDirectory) { client in
      for kind in [TLSServer.Kind.http1, .systemAuthority] {
        let response = try await client.get(server.url(kind), trusting: server.authorities)
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
    "a certificate that is not to be trusted is a TLS failure that says what is wrong with it",
    arguments: [
      (TLSServer.Kind.systemAuthority, "unable to get local issuer certificate"),
      (.otherName, "no alternative certificate subject name matches target host name '127.0.0.1'"),
      (.expired, "certificate has expired"), (.selfSigned, "signed certificate"),
    ]
  )
  func untrusted(kind: TLSServer.Kind, reason: String) async throws {
    let server = try await TLSServer.start()
    let request = CurlHTTPClient.Request(
      url: server.url(kind),
      username: "service",
      password: "hunter2",
      certificateAuthorities: server.authorities
    )
    let error = try #require(await withClient { await $0.failure(of: request) })
    #expect(error.code == .tlsFailed)
    #expect(!error.isRetriable)
    #expect(error.status == nil)
    #expect(error.message.contains(reason), "\(error.message)")
  }

  @Test("a server that has TLS 1.1 and nothing newer is refused")
  func obsoleteTLS() async throws {
    let server = try await TLSServer.start()
    let request = CurlHTTPClient.Request(url: server.url(.obsoleteTLS), certificateAuthorities: server.authorities)
    let error = try #require(await withClient { await $0.failure(of: request) })
    #expect(error.code == .tlsFailed)
    // The version itself, and not one of the reasons that OpenSSL's security level finds later, which depends on the machine.
    #expect(error.message.contains("alert protocol version"))
  }

  @Test("authorities that are none are a TLS failure, and not none at all", arguments: ["", "nonsense", "damaged"])
  func uselessAuthorities(content: String) async throws {
    let server = try await TLSServer.start()
    let text = content == "damaged" ? "-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n" : content
    // Those of the system would be enough.
    let request = CurlHTTPClient.Request(url: server.url(.systemAuthority), certificateAuthorities: Array(text.utf8))
    let error = try #require(await withClient(caDirectory: server.caDirectory) { await $0.failure(of: request) })
    #expect(error.code == .tlsFailed)
    #expect(error.message.hasPrefix("the certificate authorities cannot be used"), "\(error.message)")
  }

  @Test(
    "neither a kept connection nor a TLS session made under other authorities serves a request",
    arguments: [TLSServer.Kind.http1, .http2]
  )
  func changedAuthorities(kind: TLSServer.Kind) async throws {
    let server = try await TLSServer.start()
    try await withClient { client in
      for _ in 0..<2 {
        let response = try await client.get(server.url(kind), trusting: server.authorities)
        #expect(response.status == 200)
        let request = CurlHTTPClient.Request(url: server.url(kind), certificateAuthorities: Array(server.otherAuthority.utf8))
        #expect(await client.failure(of: request)?.code == .tlsFailed)
      }
    }
  }
}
