import Foundation

/// Certificates made for a test run by Python's trustme; `Tests/RabbitMQClientTests/Resources/certificates.py` says which.
package struct Certificates: Sendable {
  /// Holds the folder: it is gone when the process ends.
  private let process: ChildProcess
  private let folder: URL

  /// The interpreter that `Tests/run` has prepared.
  package static let python = ProcessInfo.processInfo.environment["AVISO_ECPDS_TEST_PYTHON"]
  package static let areAvailable = python != nil

  package static func make() async throws -> Certificates {
    let script = Repository.file("Tests/RabbitMQClientTests/Resources/certificates.py")
    let process = try ChildProcess(URL(filePath: python ?? ""), [script.path()])
    return Certificates(process: process, folder: URL(filePath: try await process.line { _ in true }))
  }

  package var directory: String { folder.path() }

  package func path(_ name: String) -> String { folder.appending(path: name).path() }
}
