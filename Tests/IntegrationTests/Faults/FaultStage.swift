import EventLoop
import Foundation
import TestSupport
import Testing

/// One worker whose calls of the C libraries fail as a test says, its broker and its servers.
struct FaultStage: Sendable {
  let stack: Stack
  let control: FaultControl

  /// - Parameters:
  ///   - faults: from the worker's start on.
  ///   - hasOwnSimulators: where a test stops them; otherwise all share two.
  init(_ faults: [Fault] = [], hasOwnSimulators: Bool = false) async throws {
    let simulators = try await hasOwnSimulators ? Self.makeSimulators() : Self.sharedSimulators.value
    stack = try await Stack(simulators: simulators)
    control = try FaultControl(in: stack.directory, faults)
  }

  private static let sharedSimulators = Task { try await makeSimulators() }

  private static func makeSimulators() async throws -> [Simulator] {
    let directory = FileManager.default.temporaryDirectory.appending(path: "aviso-ecpds-test-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    // They read their data once.
    defer { try? FileManager.default.removeItem(at: directory) }
    async let first = Simulator(in: directory, data: RequestLedger.simulatorData)
    async let second = Simulator(in: directory, data: RequestLedger.simulatorData)
    return [try await first, try await second]
  }

  /// Starts the worker, and does not wait for it.
  func startWorker(_ changes: [String: String] = [:]) throws -> Worker {
    try Worker(stack, stack.configuration(changes), environment: control.environment)
  }

  /// Starts a worker and waits until it consumes.
  func startReadyWorker(_ changes: [String: String] = [:]) async throws -> Worker {
    let worker = try startWorker(changes)
    try await worker.waitForEvent("amqp.connection.established")
    try await worker.waitForEvent("worker.http.listening")
    return worker
  }

  /// Sets the faults and asks until they have come to pass: some do only after the last answer.
  ///
  /// - Throws: where they never do.
  func set(_ faults: [Fault], askingBy ask: () async throws -> Void) async throws {
    try control.set(faults)
    for _ in 0..<10 where control.failureCount < faults.count { try await ask() }
    guard control.failureCount == faults.count else {
      throw NeverFailed(faults: faults, calledFunctions: control.calledFunctions)
    }
  }

  struct NeverFailed: Error {
    let faults: [Fault]
    let calledFunctions: Set<String>
  }

  /// A worker that has got over everything is ready, answers as it must, drains, and has nothing to complain about.
  func expectSound(_ worker: Worker, _ ledger: RequestLedger) async throws {
    let unavailableCount = await ledger.unavailableCount
    try await ledger.askEverything()
    #expect(await ledger.unavailableCount == unavailableCount)
    #expect(await ledger.wrongAnswers == [])
    #expect(try await worker.get("/readyz").status == 200)
    await ledger.close()
    #expect(await worker.drain() == 0)
    #expect(worker.process.errorOutput == "")
  }
}

/// Lets so many tests at a time pass: each has a process of its own, and the machine few cores.
actor Turnstile {
  private var freeCount: Int
  private var waiters: [CheckedContinuation<Void, Never>] = []

  /// A test that takes so long waits for what never comes. It is cancelled, for the others wait for it; then it says what is missing.
  private static let limit = Duration.seconds(60)

  init(width: Int) {
    freeCount = width
  }

  func pass(_ body: @escaping @Sendable () async throws -> Void) async throws {
    if freeCount > 0 { freeCount -= 1 } else { await withCheckedContinuation { waiters.append($0) } }
    defer { if waiters.isEmpty { freeCount += 1 } else { waiters.removeFirst().resume() } }
    let work = Task { try await body() }
    let end = Task {
      try await Task.sleep(for: Self.limit)
      work.cancel()
    }
    defer { end.cancel() }
    try await withTaskCancellationHandler {
      try await work.value
    } onCancel: {
      work.cancel()
    }
  }
}
