import Foundation
import TestSupport

/// HTTPS servers of Python's, with certificates good and bad; started once a test process.
struct TLSServer: Decodable, Sendable {
  enum Kind: String, Sendable {
    /// A certificate of the private authority, HTTP/2 and HTTP/1.1.
    case http2
    /// A certificate of the private authority, HTTP/1.1 alone.
    case http1
    /// A certificate of the authority in `caDirectory`.
    case systemAuthority
    /// Of the private authority, for another name.
    case otherName
    /// Of the private authority, and too old.
    case expired
    case selfSigned
    /// Of the private authority, with TLS 1.1 and nothing newer.
    case obsoleteTLS
  }

  /// The private authority's certificate, and another's that has signed nothing here, in PEM form.
  let authority: String
  let otherAuthority: String
  /// A directory that stands for the system's.
  let caDirectory: String
  private let ports: [String: Int]

  var authorities: [UInt8] { Array(authority.utf8) }

  func url(_ kind: Kind) -> String { "https://127.0.0.1:\(ports[kind.rawValue] ?? 0)/" }

  /// The interpreter that `Tests/run` has prepared.
  static let python = ProcessInfo.processInfo.environment["AVISO_ECPDS_TEST_PYTHON"]
  static let isAvailable = python != nil

  private static let shared = Task {
    let script = Repository.file("Tests/CurlHTTPClientTests/Resources/tls_server.py")
    let process = try ChildProcess(URL(filePath: python ?? ""), [script.path()])
    let facts = try await process.line { $0.hasPrefix("{") }
    // The process ends when its standard input, which `process` holds, is closed.
    return (process, try JSONDecoder().decode(TLSServer.self, from: Data(facts.utf8)))
  }

  static func start() async throws -> TLSServer { try await shared.value.1 }
}
