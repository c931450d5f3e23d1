/// What a chaos run consists of: how long, how much load, and how many faults of each kind.
package struct ChaosProfile: Sendable {
  package var duration: Duration
  package var requestCount: Int
  package var faultCounts: [Fault.Kind: Int]
  package var workerCount = 3
  package var simulatorCount = 2
  package var brokerNodeCount = 1
  /// The shortest and longest time that a fault lasts; the longer, the rarer.
  package var faultSeconds: ClosedRange<Double>
  /// The same for what keeps ECPDS away: as long as that lasts, most answers are `unavailable` and show little.
  package var simulatorFaultSeconds: ClosedRange<Double>

  /// 200,000 requests; a network cut may last a minute.
  package static let long = ChaosProfile(
    duration: .seconds(480),
    requestCount: 200_000,
    faultCounts: [
      .workerKilled: 24, .workerDrained: 6, .workerFrozen: 6, .workerDisconnected: 9,
      .brokerStopped: 3, .brokerKilled: 3, .brokerFrozen: 2, .memoryAlarm: 3, .diskAlarm: 2,
      .networkCut: 18, .simulatorKilled: 4, .simulatorFaulty: 24,
    ],
    faultSeconds: 1...60,
    simulatorFaultSeconds: 0.5...8
  )

  /// Some of each within a fraction of a minute.
  package static let short = ChaosProfile(
    duration: .seconds(22),
    requestCount: 6_000,
    faultCounts: [
      .workerKilled: 3, .workerDrained: 1, .workerFrozen: 1, .workerDisconnected: 1, .brokerKilled: 1, .memoryAlarm: 1,
      .networkCut: 6, .simulatorKilled: 1, .simulatorFaulty: 4,
    ],
    faultSeconds: 0.5...5,
    simulatorFaultSeconds: 0.5...2
  )

  /// Three nodes, of which one at a time goes away.
  package static let cluster = ChaosProfile(
    duration: .seconds(180),
    requestCount: 40_000,
    faultCounts: [.brokerStopped: 2, .brokerKilled: 5, .workerKilled: 6, .simulatorFaulty: 6],
    brokerNodeCount: 3,
    faultSeconds: 1...10,
    simulatorFaultSeconds: 0.5...4
  )

  /// The same with one node killed and one stopped.
  package static let shortCluster = ChaosProfile(
    duration: .seconds(38),
    requestCount: 6_000,
    faultCounts: [.brokerStopped: 1, .brokerKilled: 1, .workerKilled: 2, .simulatorFaulty: 2],
    brokerNodeCount: 3,
    faultSeconds: 0.5...3,
    simulatorFaultSeconds: 0.5...2
  )
}
