import Foundation
import Testing
import Trials

/// The benchmark of the whole worker, in its short form: that it measures, not what.
@Suite("RPC benchmark", .serialized, .timeLimit(.minutes(3)))
struct BenchmarkTests {
  @Test(
    "a scenario has every request answered, and a figure for each contestant",
    arguments: [RPCBench.Scenario.scale, .stampede, .misses, .stall, .start]
  )
  func scenario(_ scenario: RPCBench.Scenario) async throws {
    let directory = FileManager.default.temporaryDirectory.appending(path: "aviso-ecpds-test-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: directory) }
    let findings = try await RPCBench(extent: .short, logLevel: "info").run(scenario, in: directory)
    #expect(!findings.isEmpty)
    for finding in findings {
      #expect(finding.worker > 0, "\(finding.name)")
      #expect(finding.responder.map { $0 > 0 } ?? true, "\(finding.name)")
    }
  }
}
