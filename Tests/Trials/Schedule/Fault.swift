package import TestSupport

/// One way in which something breaks. Each lasts for a while and is then mended, so that in the end everything is as it was.
/// Numbers count from zero.
package enum Fault: Hashable, Sendable {
  /// SIGKILL; started again at the end.
  case workerKilled(Int)
  /// SIGTERM; started again at the end.
  case workerDrained(Int)
  /// SIGSTOP; SIGCONT at the end. Longer than two heartbeats, and the broker gives its requests to another.
  case workerFrozen(Int)
  /// The management API closes a worker's connections.
  case workerDisconnected(Int)
  case brokerStopped(node: Int)
  /// As by a power cut.
  case brokerKilled(node: Int)
  case brokerFrozen(node: Int)
  /// Publishers are blocked.
  case memoryAlarm
  case diskAlarm
  case networkCut(Link, TCPProxy.Cut)
  case simulatorKilled(Int)
  /// It answers every request like this.
  case simulatorFaulty(Int, SimulatorFault)

  /// A way through the network that can be cut.
  package enum Link: Hashable, Sendable {
    case workerToBroker(Int)
    case loadToBroker
    case workersToSimulator(Int)
  }

  /// In the words of the simulator's control interface.
  package enum SimulatorFault: String, Hashable, Sendable, CaseIterable {
    case hang = #"{"hang": true}"#
    case reset = #"{"reset": true}"#
    case partialBody = #"{"partial_body": true}"#
    case slow = #"{"latency_ms": 500}"#
    case unauthorized = #"{"status": 401}"#
    case forbidden = #"{"status": 403}"#
    case notFound = #"{"status": 404}"#
    case internalError = #"{"status": 500}"#
    case malformed = #"{"body": "malformed"}"#
    case successNo = #"{"body": "success_no"}"#
    case notUTF8 = #"{"body": "not_utf8"}"#
    case wrongType = #"{"body": "wrong_type"}"#
  }

  /// What can only have one fault at a time.
  package enum Resource: Hashable, Sendable {
    case worker(Int)
    case broker
    case link(Link)
    case simulator(Int)
  }

  package var resource: Resource {
    switch self {
    case .workerKilled(let worker), .workerDrained(let worker), .workerFrozen(let worker), .workerDisconnected(let worker):
      .worker(worker)
    // All nodes are one: while one is away the others must not be, or the queue has no majority.
    case .brokerStopped, .brokerKilled, .brokerFrozen, .memoryAlarm, .diskAlarm: .broker
    case .networkCut(let link, _): .link(link)
    case .simulatorKilled(let simulator), .simulatorFaulty(let simulator, _): .simulator(simulator)
    }
  }
}

extension Fault {
  /// Over as soon as it has happened.
  var isMomentary: Bool { kind == .workerDisconnected }

  var concernsSimulators: Bool {
    switch resource {
    case .simulator, .link(.workersToSimulator): true
    case .worker, .broker, .link(.workerToBroker), .link(.loadToBroker): false
    }
  }

  /// What faults are counted by.
  package enum Kind: String, Hashable, Sendable, CaseIterable {
    case workerKilled = "worker killed"
    case workerDrained = "worker drained"
    case workerFrozen = "worker frozen"
    case workerDisconnected = "connections closed"
    case brokerStopped = "broker stopped"
    case brokerKilled = "broker killed"
    case brokerFrozen = "broker frozen"
    case memoryAlarm = "memory alarm"
    case diskAlarm = "disk alarm"
    case networkCut = "network cut"
    case simulatorKilled = "simulator killed"
    case simulatorFaulty = "simulator faulty"
  }

  package var kind: Kind {
    switch self {
    case .workerKilled: .workerKilled
    case .workerDrained: .workerDrained
    case .workerFrozen: .workerFrozen
    case .workerDisconnected: .workerDisconnected
    case .brokerStopped: .brokerStopped
    case .brokerKilled: .brokerKilled
    case .brokerFrozen: .brokerFrozen
    case .memoryAlarm: .memoryAlarm
    case .diskAlarm: .diskAlarm
    case .networkCut: .networkCut
    case .simulatorKilled: .simulatorKilled
    case .simulatorFaulty: .simulatorFaulty
    }
  }
}

extension Fault: CustomStringConvertible {
  package var description: String {
    switch self {
    case .workerKilled(let worker): "worker \(worker + 1) killed"
    case .workerDrained(let worker): "worker \(worker + 1) drained"
    case .workerFrozen(let worker): "worker \(worker + 1) frozen"
    case .workerDisconnected(let worker): "connections of worker \(worker + 1) closed by the broker"
    case .brokerStopped(let node): "broker node \(node + 1) stopped"
    case .brokerKilled(let node): "broker node \(node + 1) killed"
    case .brokerFrozen(let node): "broker node \(node + 1) frozen"
    case .memoryAlarm: "memory alarm"
    case .diskAlarm: "disk alarm"
    case .networkCut(let link, let cut): "network cut between \(link): \(cut.rawValue)"
    case .simulatorKilled(let simulator): "simulator \(simulator + 1) killed"
    case .simulatorFaulty(let simulator, let fault): "simulator \(simulator + 1) answers \(fault.rawValue)"
    }
  }
}

extension Fault.Link: CustomStringConvertible {
  package var description: String {
    switch self {
    case .workerToBroker(let worker): "worker \(worker + 1) and broker"
    case .loadToBroker: "load and broker"
    case .workersToSimulator(let simulator): "workers and simulator \(simulator + 1)"
    }
  }
}
