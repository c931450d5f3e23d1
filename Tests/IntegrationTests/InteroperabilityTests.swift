import Foundation
import Testing
import TestSupport

/// A client that nobody here wrote: Python's pika, as an aviso node might use it.
@Suite("Interoperability with pika", .enabled(if: InteroperabilityTests.python != nil, "AVISO_ECPDS_TEST_PYTHON names no Python that has pika"), .timeLimit(.minutes(2)))
struct InteroperabilityTests {
  static let python = ProcessInfo.processInfo.environment["AVISO_ECPDS_TEST_PYTHON"]

  @Test("RPC works in both reply modes", arguments: ["direct", "queue"])
  func rpc(replyMode: String) async throws {
    let stack = try await Stack()
    let worker = try await stack.startWorker()
    let python = try #require(Self.python)
    let client = try ChildProcess(
      URL(filePath: python),
      [Repository.file("Tests/IntegrationTests/pika_client.py").path, stack.amqpURL, replyMode]
    )
    client.closeInput()
    let status = await client.exitStatus()
    #expect(status == 0, "\(client.errorOutput)")
    #expect(
      client.outputLines == [
        "alice CIP allow destination_in_list", "alice BAR deny destination_not_in_list", "bob CIP deny destination_not_in_list",
        "- CIP deny invalid_request",
      ]
    )
    #expect(await worker.drain() == 0)
  }
}
