package import Foundation
import TestSupport

/// One run of the chaos suite: verified load on a stack that a schedule breaks and mends.
package struct ChaosRun: Sendable {
  private let profile: ChaosProfile
  private let schedule: Schedule
  private let write: @Sendable (String) -> Void

  private static let requestQueue = "aviso.ecpds.requests"
  private static let deadLetterQueue = "aviso.ecpds.dead-letter"
  /// How much longer than the schedule the load may take.
  private static let loadGraceSeconds = 180

  /// - Parameter write: gets each line of the timeline.
  package init(_ profile: ChaosProfile, seed: UInt64, write: @escaping @Sendable (String) -> Void) {
    self.profile = profile
    schedule = Schedule(profile, seed: seed)
    self.write = write
  }

  /// - Parameter directory: for configurations and logs.
  /// - Throws: where the stack or the load cannot be used at all.
  package func perform(in directory: URL) async throws -> ChaosOutcome {
    let settings = TrialStack.Settings(
      workerCount: profile.workerCount,
      simulatorCount: profile.simulatorCount,
      brokerNodeCount: profile.brokerNodeCount
    )
    return try await TrialStack.with(settings, in: directory, perform)
  }

  private func perform(on stack: TrialStack) async throws -> ChaosOutcome {
    let timeline = Timeline(write)
    let load = try LoadProcess(stack, replyMode: .durable, load: loadArguments)
    await timeline.note("load begins: \(Format.count(profile.requestCount)) requests, \(requestRate) a second")
    await inject(into: stack, while: load, timeline)
    await timeline.note("everything is mended")
    let report = try await load.report(seconds: Self.loadGraceSeconds)
    await timeline.note("load ends")
    await checkRecovery(of: stack, timeline)
    let management = Management(stack.broker)
    var outcome = ChaosOutcome(seed: schedule.seed, faultCounts: await timeline.faultCounts, load: report)
    outcome.deadLetterReasons = try await management.messages(in: Self.deadLetterQueue).map { $0.deadLetterReason ?? "unknown" }
    outcome.leftInQueue = try await management.messages(in: Self.requestQueue).count
    outcome.violations = await timeline.violations
    return outcome
  }

  /// So that the load lasts longer than the schedule, which comes to be late where the machine is busy.
  private var requestRate: Int { Int(Double(profile.requestCount) / (profile.duration / .seconds(1) * 1.1 + 10)) }

  private var loadArguments: [String] {
    [
      "--count", "\(profile.requestCount)", "--rate", "\(requestRate)", "--seed", "\(schedule.seed)",
      "--users", "5000", "--distribution", "zipf", "--mix", "allowed=80,denied=15,missing-key=5",
    ]
  }

  /// Breaks and mends as the schedule has it, until the load ends: without it the rest would show nothing.
  private func inject(into stack: TrialStack, while load: LoadProcess, _ timeline: Timeline) async {
    let injection = Task { await inject(into: stack, timeline) }
    let watch = Task {
      while load.isRunning { try await Task.sleep(for: .seconds(1)) }
      injection.cancel()
      await timeline.noteViolation("the load ended before the schedule")
    }
    await injection.value
    watch.cancel()
  }

  /// Each thing has its faults in their order, and all things at the same time.
  private func inject(into stack: TrialStack, _ timeline: Timeline) async {
    let injector = FaultInjector(stack: stack)
    await withTaskGroup { group in
      for entries in Dictionary(grouping: schedule.entries, by: \.fault.resource).values {
        group.addTask {
          for entry in entries where !Task.isCancelled { await perform(entry, injector, timeline) }
        }
      }
    }
  }

  private func perform(_ entry: Schedule.Entry, _ injector: FaultInjector, _ timeline: Timeline) async {
    do {
      try await timeline.wait(until: entry.start)
    } catch {
      return
    }
    await timeline.note("\(entry.fault)" + (entry.fault.isMomentary ? "" : ", for \(Format.seconds(entry.duration))"))
    await finish("\(entry.fault)", timeline) {
      if try await injector.begin(entry.fault) {
        await timeline.count(entry.fault)
      } else {
        await timeline.note("nothing to break: \(entry.fault)")
      }
    }
    guard !entry.fault.isMomentary else { return }
    // Where the run is cancelled it is mended at once.
    try? await timeline.wait(until: entry.end)
    await finish("mending \(entry.fault)", timeline) { try await injector.end(entry.fault) }
    await timeline.note("over: \(entry.fault)")
  }

  /// What has begun is brought to its end, by a task that is not cancelled with the run.
  private func finish(_ what: String, _ timeline: Timeline, _ body: @escaping @Sendable () async throws -> Void) async {
    do {
      try await Task { try await body() }.value
    } catch {
      await timeline.noteViolation("\(what): \(error)")
    }
  }

  /// By itself, the stack is as it was; and the workers drain.
  private func checkRecovery(of stack: TrialStack, _ timeline: Timeline) async {
    for simulator in stack.simulators {
      do { try await simulator.running() } catch { await timeline.noteViolation("\(error)") }
    }
    for worker in stack.workers {
      do {
        try await Patience.wait(for: "\(worker.name) to be ready") { await worker.isReady() }
        let gauge = await worker.metric("aviso_ecpds_amqp_connected")
        if gauge != 1 { await timeline.noteViolation("\(worker.name) is ready, and its gauge of connections is \(gauge ?? -1)") }
        let status = try await worker.end(by: SIGTERM)
        if status != 0 { await timeline.noteViolation("the last drain of \(worker.name) ended with status \(status)") }
      } catch {
        await timeline.noteViolation("\(error)")
      }
    }
  }
}
