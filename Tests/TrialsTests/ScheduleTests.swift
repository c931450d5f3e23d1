import TestSupport
import Testing
import Trials

@Suite("Schedule")
struct ScheduleTests {
  static let profiles: [(name: String, profile: ChaosProfile)] = [
    ("long", .long), ("short", .short), ("cluster", .cluster), ("short cluster", .shortCluster),
  ]

  @Test("the same seed gives the same schedule, another seed another")
  func seeds() {
    #expect(Schedule(.long, seed: 7).entries == Schedule(.long, seed: 7).entries)
    #expect(Schedule(.long, seed: 7).entries != Schedule(.long, seed: 8).entries)
  }

  @Test("the generator is SplitMix64, whose first outputs for seed 0 are published")
  func generator() {
    var random = SeededGenerator(seed: 0)
    #expect([random.next(), random.next()] == [0xE220_A839_7B1D_CDAF, 0x6E78_9E6A_A1B9_65F4])
  }

  @Test("there are exactly as many faults of each kind as the profile wants", arguments: profiles.indices, [1, 2, 3] as [UInt64])
  func counts(_ index: Int, seed: UInt64) {
    let profile = Self.profiles[index].profile
    #expect(Schedule(profile, seed: seed).counts == profile.faultCounts)
  }

  @Test(
    "one thing has one fault at a time, with room between, and all are mended in the time there is",
    arguments: profiles.indices,
    [1, 2, 3, 4, 5] as [UInt64]
  )
  func noOverlap(_ index: Int, seed: UInt64) {
    let profile = Self.profiles[index].profile
    let entries = Schedule(profile, seed: seed).entries
    for (_, entries) in Dictionary(grouping: entries, by: \.fault.resource) {
      for (entry, next) in zip(entries, entries.dropFirst()) {
        #expect(next.start - entry.end > Schedule.breather(after: entry.fault.kind) * 0.999)
      }
    }
    for entry in entries {
      #expect(entry.start >= Schedule.settlingTime)
      #expect(entry.duration > .zero)
      #expect(entry.end <= profile.duration)
    }
    #expect(entries.map(\.start) == entries.map(\.start).sorted())
  }

  @Test("faults that want more time than there is are shortened, not dropped")
  func shortened() {
    var profile = ChaosProfile.short
    profile.faultCounts = [.brokerFrozen: 10]
    profile.faultSeconds = 30...40
    let entries = Schedule(profile, seed: 1).entries
    #expect(entries.count == 10)
    #expect(entries.allSatisfy { $0.end <= profile.duration })
    #expect(zip(entries, entries.dropFirst()).allSatisfy { $1.start > $0.end })
  }

  @Test("the long form has what the promise names, each link cut in each manner, and each simulator every fault")
  func longForm() {
    let schedule = Schedule(.long, seed: 11)
    #expect(ChaosProfile.long.requestCount == 200_000)
    #expect(schedule.counts[.workerKilled, default: 0] >= 20)
    #expect(schedule.counts[.brokerStopped, default: 0] + schedule.counts[.brokerKilled, default: 0] >= 3)
    #expect(schedule.counts[.networkCut, default: 0] >= 10)
    var faults = Set(schedule.entries.map(\.fault))
    for cut in TCPProxy.Cut.allCases {
      for link in [.loadToBroker, .workersToSimulator(0), .workersToSimulator(1)] + (0..<3).map(Fault.Link.workerToBroker) {
        #expect(faults.remove(.networkCut(link, cut)) != nil)
      }
    }
    for simulator in 0..<2 {
      for fault in Fault.SimulatorFault.allCases { #expect(faults.remove(.simulatorFaulty(simulator, fault)) != nil) }
    }
  }

  @Test("in a cluster, one node is away at a time")
  func cluster() {
    let nodes = Schedule(.cluster, seed: 3).entries.filter { $0.fault.resource == .broker }
    #expect(Set(nodes.map(\.fault)).count > 3)
    #expect(zip(nodes, nodes.dropFirst()).allSatisfy { $1.start > $0.end })
  }
}
