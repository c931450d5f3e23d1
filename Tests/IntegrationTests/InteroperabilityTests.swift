import Foundation
import TestSupport
import Testing

/// The interpreter that `Tests/run` has prepared.
private let pythonWithPika = ProcessInfo.processInfo.environment["AVISO_ECPDS_TEST_PYTHON"]

/// A client that nobody here wrote: Python's pika, as an aviso node might use it.
@Suite(
  "Interoperability with pika",
  .serialized,
  .enabled(if: pythonWithPika != nil, "set by Tests/run"),
  .timeLimit(.minutes(2))
)
struct InteroperabilityTests {
  @Test("RPC works in both reply modes", arguments: ["direct", "queue"])
  func rpc(replyMode: String) async throws {
    let stack = try await Stack()
    let worker = try await stack.startWorker()
    let python = try #require(pythonWithPika)
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
