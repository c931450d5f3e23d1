import CurlHTTPClient
import EventLoop
import Foundation
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

  @Test("a CA file that is missing, a directory or without certificates is named at once")
  func caFile() throws {
    let empty = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path()
    defer { try? FileManager.default.removeItem(atPath: empty) }
    try "no certificate".write(toFile: empty, atomically: true, encoding: .utf8)
    for (path, reason) in [("/nowhere/ca.pem", "No such file"), ("/", "Is a directory"), (empty, "no certificate in PEM form")] {
      let error = try #require(try failure(.init(caFile: path, userAgent: "test/1")))
      #expect(error.code == .invalidConfiguration)
      #expect(error.message.contains(path))
      #expect(error.message.contains(reason))
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
