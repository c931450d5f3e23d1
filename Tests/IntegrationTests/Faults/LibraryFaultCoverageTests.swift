import Foundation
import TestSupport
import Testing

/// A call of librabbitmq or libcurl that is new in the program must be made to fail too.
@Suite("Coverage of the faults", .timeLimit(.minutes(2)))
struct LibraryFaultCoverageTests {
  /// What the program uses of the two libraries and cannot fail.
  static let infallible: [String: String] = [
    "amqp_data_in_buffer": "looks at the state",
    "amqp_destroy_connection": "always succeeds",
    "amqp_empty_bytes": "a constant",
    "amqp_empty_table": "a constant",
    "amqp_error_string2": "returns a constant, whatever the code",
    "amqp_frames_enqueued": "looks at the state",
    "amqp_get_channel_max": "looks at the state",
    "amqp_get_frame_max": "looks at the state",
    "amqp_get_heartbeat": "looks at the state",
    "amqp_get_socket": "looks at the state",
    "amqp_get_rpc_reply": "says how the call before it failed",
    "amqp_maybe_release_buffers_on_channel": "returns nothing",
    "amqp_ssl_socket_get_context": "looks at the state",
    "amqp_ssl_socket_set_verify_hostname": "returns nothing",
    "amqp_ssl_socket_set_verify_peer": "returns nothing",
    "curl_easy_cleanup": "returns nothing",
    "curl_easy_reset": "returns nothing",
    "curl_easy_strerror": "returns a constant, whatever the code",
    "curl_multi_strerror": "returns a constant, whatever the code",
    "curl_version_info": "returns a constant",
    "empty_amqp_pool": "returns nothing",
    "init_amqp_pool": "returns nothing",
    "recycle_amqp_pool": "returns nothing",
  ]

  private static let casesAtStart = FaultCase.fatalAtStart + FaultCase.atConnecting + FaultCase.atDeclaring
  private static let casesInTraffic = FaultCase.inTraffic + FaultCase.inFetches
  private static let casesInDrain = FaultCase.beforeDrain + FaultCase.inDrain

  @Test("every function of librabbitmq and libcurl that the program calls fails in some test, or cannot")
  func everyFunctionIsCovered() async throws {
    let used = try await symbols("--undefined-only", of: Repository.program("aviso-ecpds"))
    let replaced = try await symbols("--defined-only", of: FaultControl.library)
    let cases = Self.casesAtStart + FaultCase.atConnectingWithTLS + Self.casesInTraffic + Self.casesInDrain
    let failing = Set(cases.flatMap(\.faults).map { $0.function.prefix { $0 != "(" } }.map(String.init))
      // Their options are found by asking the program.
      .union(["curl_easy_setopt"])
    #expect(used.count > 40)
    #expect(used.subtracting(failing).subtracting(Self.infallible.keys) == [])
    #expect(Set(Self.infallible.keys).subtracting(used) == [])
    #expect(replaced.subtracting(used) == [])
  }

  @Test("whatever is called at the start, in traffic or in the drain fails there in some test")
  func everyMomentIsCovered() async throws {
    let stage = try await FaultStage()
    let worker = try await stage.startReadyWorker()
    let ledger = try await RequestLedger(stage.stack)
    let calledAtStart = stage.control.calledFunctions
    try stage.control.set([])
    try await ledger.askEverything()
    let calledInTraffic = stage.control.calledFunctions
    try stage.control.set([])
    await ledger.close()
    #expect(await worker.drain() == 0)
    let calledInDrain = stage.control.calledFunctions

    func functions(_ cases: [FaultCase]) -> Set<String> { Set(cases.flatMap(\.faults).map(\.function)) }
    let inTraffic = functions(Self.casesInTraffic)
    #expect(calledAtStart.count > 20)
    // The first frames may have been read by then.
    #expect(calledAtStart.subtracting(functions(Self.casesAtStart)).subtracting(inTraffic) == [])
    #expect(calledInTraffic.filter { !$0.hasPrefix("curl_easy_setopt(") }.subtracting(inTraffic) == [])
    #expect(calledInDrain.count > 5)
    #expect(calledInDrain.subtracting(functions(Self.casesInDrain)).subtracting(inTraffic) == [])
  }

  /// The names of a program or library that belong to librabbitmq or libcurl.
  private func symbols(_ option: String, of file: URL) async throws -> Set<String> {
    let nm = try ChildProcess(URL(filePath: "/usr/bin/env"), ["nm", "--dynamic", option, file.path])
    nm.closeInput()
    try #require(await nm.exitStatus() == 0, "\(nm.errorOutput)")
    let names = nm.outputLines.compactMap { $0.split(separator: " ").last?.prefix { $0 != "@" } }.map(String.init)
    return Set(names.filter { name in ["amqp_", "_amqp", "curl_"].contains { name.contains($0) } })
  }
}
