import Foundation
import TestSupport

/// Breaks and mends a stack.
struct FaultInjector: Sendable {
  /// What a fault showed about the stack that must not be.
  struct Violation: Error, CustomStringConvertible {
    let description: String
  }

  let stack: TrialStack

  /// - Returns: false where there was nothing to break.
  /// - Throws: when it could not be done.
  func begin(_ fault: Fault) async throws -> Bool {
    switch fault {
    case .workerKilled(let worker):
      try await stack.workers[worker].end(by: SIGKILL)
    case .workerDrained(let worker):
      let status = try await stack.workers[worker].drain()
      // 1 says that something was left; the broker or ECPDS may be away just now.
      guard status == 0 || status == 1 else { throw Violation(description: "a drain ended with status \(status)") }
    case .workerFrozen(let worker):
      try await stack.workers[worker].freeze()
    case .workerDisconnected(let worker):
      return await closeConnections(of: stack.workers[worker]) > 0
    case .brokerStopped(let node):
      try await stack.broker.command("stop \(node + 1)", answer: "stopped")
      try await expectUnready(node)
    case .brokerKilled(let node):
      try await stack.broker.command("kill \(node + 1)", answer: "killed")
      try await expectUnready(node)
    case .brokerFrozen(let node):
      try await stack.broker.command("pause \(node + 1)", answer: "paused")
    case .memoryAlarm:
      try await stack.broker.control(["set_vm_memory_high_watermark", "0.00001"])
    case .diskAlarm:
      try await stack.broker.control(["set_disk_free_limit", "1000000GB"])
    case .networkCut(let link, let cut):
      stack.link(link).cut(cut)
    case .simulatorKilled(let simulator):
      try await stack.simulators[simulator].end(by: SIGKILL)
    case .simulatorFaulty(let simulator, let fault):
      try await stack.simulators[simulator].fault(fault.rawValue)
    }
    return true
  }

  func end(_ fault: Fault) async throws {
    switch fault {
    case .workerKilled(let worker), .workerDrained(let worker):
      try await stack.workers[worker].start()
    case .workerFrozen(let worker):
      try await stack.workers[worker].thaw()
    case .workerDisconnected: break  // It is momentary.
    case .brokerStopped(let node), .brokerKilled(let node):
      var liar: TrialWorker?
      for worker in workers(of: node) where await worker.isReady() { liar = worker }
      try await stack.broker.command("start \(node + 1)", answer: "ready")
      try await waitForAllMembers()
      if let liar { throw Violation(description: "\(liar.name) said that it was ready while its broker was away") }
    case .brokerFrozen(let node):
      try await stack.broker.command("resume \(node + 1)", answer: "resumed")
    case .memoryAlarm:
      try await stack.broker.control(["set_vm_memory_high_watermark", "0.4"])
    case .diskAlarm:
      try await stack.broker.control(["set_disk_free_limit", "20MB"])
    case .networkCut(let link, _):
      stack.link(link).heal()
    case .simulatorKilled(let simulator):
      try await stack.simulators[simulator].start()
    case .simulatorFaulty(let simulator, _):
      try await stack.simulators[simulator].clearFaults()
    }
  }

  /// Both connections of a worker, as soon as the management API lists any: none where its network is cut, or the broker is away.
  private func closeConnections(of worker: TrialWorker) async -> Int {
    let management = Management(stack.broker)
    var names: [String] = []
    try? await Patience.wait(for: "connections of \(worker.name)", seconds: 10) {
      guard let mark = await worker.processIdentifier.map({ "-\($0) " }) else { return false }
      names = ((try? await management.connections(timeout: 3)) ?? []).filter { $0.clientName.contains(mark) }.map(\.name)
      return !names.isEmpty
    }
    for name in names { try? await management.closeConnection(name) }
    return names.count
  }

  private func workers(of node: Int) -> [TrialWorker] {
    stack.workers.enumerated().filter { $0.offset % stack.broker.ports.count == node }.map(\.element)
  }

  /// A node that has started is no member of the queues yet; were another to go now, they would have no majority.
  private func waitForAllMembers() async throws {
    guard stack.broker.ports.count > 1 else { return }
    try await Patience.wait(for: "all nodes to be members of all queues") {
      (try? await stack.broker.control(["eval", "rabbit_quorum_queue:list_with_minimum_quorum()."])) == ["[]"]
    }
  }

  /// A worker whose broker is gone says so, if it can say anything.
  private func expectUnready(_ node: Int) async throws {
    for worker in workers(of: node) {
      try await Patience.wait(for: "\(worker.name) to notice that its broker is gone", seconds: 20) { await !worker.isReady() }
    }
  }
}
