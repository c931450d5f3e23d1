import Authorization
import Foundation
import Observability
import Testing

@testable import AuthorizationWorker

@Suite("The README") struct ReadmeTests {
  private static let readme = Result {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    return try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
  }

  @Test("names every metric that a worker exposes", arguments: MetricDescription.workerMetrics.map(\.name))
  func metric(name: String) throws {
    // A label may follow the name.
    let readme = try Self.readme.get()
    #expect(readme.contains("| `\(name)`") || readme.contains("| `\(name){"))
  }

  @Test("names every reason that a request is rejected for", arguments: AuthorizationRequestError.Code.allCases)
  func rejectionReason(code: AuthorizationRequestError.Code) throws {
    #expect(try Self.readme.get().contains("| `\(code.rawValue)` |"))
  }
}
