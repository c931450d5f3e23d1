import TestSupport

/// When what breaks, and for how long: all of it follows from the profile and the seed.
///
/// Faults of different things overlap as chance has it, those of one thing never do.
package struct Schedule: Sendable {
  package struct Entry: Sendable, Equatable {
    package let fault: Fault
    /// Since the beginning of the run.
    package let start: Duration
    package let duration: Duration

    package var end: Duration { start + duration }
  }

  package let seed: UInt64
  /// By the time of their start.
  package let entries: [Entry]

  /// Nothing breaks before. A broker that is killed just after a queue was declared may forget under which name it keeps it on disk,
  /// and never elect a leader again (https://github.com/rabbitmq/rabbitmq-server/issues/15725): no client can mend that.
  package static let settlingTime = Duration.seconds(3)

  /// The least time from the end of a fault to the next of the same thing: some take long to begin and to mend.
  package static func breather(after kind: Fault.Kind) -> Duration {
    switch kind {
    case .brokerStopped: .seconds(18)
    case .brokerKilled: .seconds(12)
    case .memoryAlarm, .diskAlarm, .workerDrained, .workerDisconnected: .seconds(4)
    case .workerKilled, .workerFrozen, .brokerFrozen, .networkCut, .simulatorKilled, .simulatorFaulty: .seconds(1)
    }
  }

  package init(_ profile: ChaosProfile, seed: UInt64) {
    self.seed = seed
    var random = SeededGenerator(seed: seed)
    var faultsByResource: [Fault.Resource: [Fault]] = [:]
    var resources: [Fault.Resource] = []
    for kind in Fault.Kind.allCases {
      for fault in Self.faults(of: kind, profile, &random) {
        if faultsByResource[fault.resource] == nil { resources.append(fault.resource) }
        faultsByResource[fault.resource, default: []].append(fault)
      }
    }
    // In the order in which they were named: that of a dictionary differs from run to run.
    let entries = resources.flatMap { resource in
      Self.place(faultsByResource[resource, default: []].shuffled(using: &random), profile, &random)
    }
    self.entries = entries.enumerated().sorted { ($0.element.start, $0.offset) < ($1.element.start, $1.offset) }.map(\.element)
  }

  /// How many there are of each kind.
  package var counts: [Fault.Kind: Int] { entries.reduce(into: [:]) { $0[$1.fault.kind, default: 0] += 1 } }

  /// As many as the profile wants, spread over what they can happen to.
  private static func faults(of kind: Fault.Kind, _ profile: ChaosProfile, _ random: inout SeededGenerator) -> [Fault] {
    let choices = choices(of: kind, profile)
    var faults: [Fault] = []
    while faults.count < profile.faultCounts[kind, default: 0] {
      faults += choices.shuffled(using: &random).prefix(profile.faultCounts[kind, default: 0] - faults.count)
    }
    return faults
  }

  private static func choices(of kind: Fault.Kind, _ profile: ChaosProfile) -> [Fault] {
    let workers = 0..<profile.workerCount
    let nodes = 0..<profile.brokerNodeCount
    let simulators = 0..<profile.simulatorCount
    switch kind {
    case .workerKilled: return workers.map { .workerKilled($0) }
    case .workerDrained: return workers.map { .workerDrained($0) }
    case .workerFrozen: return workers.map { .workerFrozen($0) }
    case .workerDisconnected: return workers.map { .workerDisconnected($0) }
    case .brokerStopped: return nodes.map { .brokerStopped(node: $0) }
    case .brokerKilled: return nodes.map { .brokerKilled(node: $0) }
    case .brokerFrozen: return nodes.map { .brokerFrozen(node: $0) }
    case .memoryAlarm: return [.memoryAlarm]
    case .diskAlarm: return [.diskAlarm]
    case .networkCut:
      let links =
        workers.map { Fault.Link.workerToBroker($0) } + [.loadToBroker] + simulators.map { .workersToSimulator($0) }
      return links.flatMap { link in TCPProxy.Cut.allCases.map { .networkCut(link, $0) } }
    case .simulatorKilled: return simulators.map { .simulatorKilled($0) }
    case .simulatorFaulty:
      return simulators.flatMap { simulator in Fault.SimulatorFault.allCases.map { .simulatorFaulty(simulator, $0) } }
    }
  }

  /// Places the faults of one thing one after the other: what is not needed for them is divided at random before and between them.
  private static func place(_ faults: [Fault], _ profile: ChaosProfile, _ random: inout SeededGenerator) -> [Entry] {
    var durations = faults.map { duration(of: $0, profile, &random) }
    let available = profile.duration - settlingTime - faults.reduce(.zero) { $0 + breather(after: $1.kind) }
    let needed = durations.reduce(.zero, +)
    if needed > available { durations = durations.map { $0 * (available / needed) } }
    let spare = max(.zero, available - needed)
    let offsets = faults.map { _ in spare * Double.random(in: 0...1, using: &random) }.sorted()
    var busy = Duration.zero
    return zip(zip(faults, durations), offsets).map { fault, offset in
      defer { busy += fault.1 + breather(after: fault.0.kind) }
      return Entry(fault: fault.0, start: settlingTime + offset + busy, duration: fault.1)
    }
  }

  /// Mostly short: the cube of a number that is equally likely everywhere.
  private static func duration(of fault: Fault, _ profile: ChaosProfile, _ random: inout SeededGenerator) -> Duration {
    let fraction = Double.random(in: 0...1, using: &random)
    let range = fault.concernsSimulators ? profile.simulatorFaultSeconds : profile.faultSeconds
    return .seconds(range.lowerBound + (range.upperBound - range.lowerBound) * fraction * fraction * fraction)
  }
}
