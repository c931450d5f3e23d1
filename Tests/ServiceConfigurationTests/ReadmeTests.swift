import Foundation
import ServiceConfiguration
import Testing

@Suite struct ReadmeTests {
  @Test("The README has the table of every key as the schema prints it")
  func keyTable() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
    // The blank lines: no row more than these.
    #expect(readme.contains("\n\n\(ServiceConfiguration.keyTable())\n"))
  }
}
