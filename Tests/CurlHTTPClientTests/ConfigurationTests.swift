import CurlHTTPClient
import EventLoop
import Testing

@Suite("HTTP client: configuration")
struct ConfigurationTests {
  private func failure(_ configuration: CurlHTTPClient.Configuration) throws -> CurlHTTPError? {
    let loop = try EventLoop(name: "http")
    defer { loop.shutdown() }
    do throws(CurlHTTPError) {
      _ = try CurlHTTPClient(loop: loop, configuration: configuration)
      return nil
    } catch {
      return error
    }
  }

  @Test("numbers that are not positive and control characters are refused")
  func refused() throws {
    #expect(try failure(.init(maximumConnectionsPerHost: 0, userAgent: "test/1"))?.code == .invalidConfiguration)
    #expect(try failure(.init(maximumIdleConnections: -1, userAgent: "test/1"))?.code == .invalidConfiguration)
    #expect(try failure(.init(userAgent: "test/1\r\nX: y"))?.code == .invalidConfiguration)
    #expect(try failure(.init(caDirectory: "/etc/ssl\u{0}/certs", userAgent: "test/1"))?.code == .invalidConfiguration)
    #expect(try failure(.init(userAgent: "test/1")) == nil)
  }
}
