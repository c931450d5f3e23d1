package import Foundation

/// TLS in front of a port that speaks none, with a certificate authority of its own.
package final class TLSProxy: Sendable {
  package enum Flaw: String, Sendable {
    /// The certificate is too old.
    case expired
    /// TLS 1.1 and nothing newer.
    case obsolete
  }

  package let port: Int
  /// The authority's certificate.
  package let caFile: URL
  private let process: ChildProcess

  /// - Parameter hostName: what the certificate is for, a name or an address.
  package init(for target: Int, hostName: String = "localhost", flaw: Flaw? = nil) async throws {
    caFile = FileManager.default.temporaryDirectory.appending(path: "ca-\(UUID().uuidString).pem")
    process = try ChildProcess(
      URL(filePath: Certificates.python ?? ""),
      [Repository.file("Tests/RabbitMQClientTests/Resources/tls_proxy.py").path, "\(target)", hostName, caFile.path]
        + (flaw.map { [$0.rawValue] } ?? [])
    )
    port = Int(try await process.line { _ in true }) ?? 0
  }

  deinit {
    process.closeInput()
    try? FileManager.default.removeItem(at: caFile)
  }
}
