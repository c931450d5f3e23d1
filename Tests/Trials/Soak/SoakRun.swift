import Foundation
import TestSupport

/// Full load on one worker, its use of memory, files and threads sampled from `/proc`.
struct SoakRun: Sendable {
  let duration: Duration
  /// Gets each line of the progress.
  let write: @Sendable (String) -> Void

  private static let sampleInterval = Duration.seconds(2)
  private static let printedSampleCount = 20
  private static let window = 200

  /// A cache that is full and evicts after seconds, entries that expire within the run, and users beyond what it holds.
  private static let settings = TrialStack.Settings(
    workerCount: 1,
    ecpds: ["cache_ttl_seconds: 20", "max_entries: 2000"],
    keepsWorkerLogs: false
  )
  private static let load = [
    "--window", "\(window)", "--users", "20000", "--distribution", "zipf", "--mix", "allowed=80,denied=15,missing-key=5",
  ]

  func perform(in directory: URL) async throws -> SoakOutcome {
    try await TrialStack.with(Self.settings, in: directory, perform)
  }

  private func perform(on stack: TrialStack) async throws -> SoakOutcome {
    let timeline = Timeline(write)
    let seconds = Int(duration / .seconds(1))
    let load = try LoadProcess(stack, replyMode: .direct, load: Self.load + ["--duration", "\(seconds)"])
    let invalid = Task { try await sendInvalidRequests(to: stack) }
    let samples = try await sample(stack.workers[0], timeline)
    invalid.cancel()
    return SoakOutcome(
      load: try await load.report(seconds: 60),
      samples: samples,
      invalidCount: Int(await stack.workers[0].metric(#"aviso_ecpds_access_decisions_total{outcome="error"}"#) ?? 0)
    )
  }

  private func sample(_ worker: TrialWorker, _ timeline: Timeline) async throws -> [ProcessSample] {
    var samples: [ProcessSample] = []
    let printInterval = max(1, Int(duration / Self.sampleInterval) / Self.printedSampleCount)
    while timeline.elapsed < duration {
      try await timeline.wait(until: Self.sampleInterval * (samples.count + 1))
      guard let identifier = await worker.processIdentifier, let sample = ProcessSample(processIdentifier: identifier) else {
        throw LoggedProcess.EndedByItself(description: "\(worker.name) ended by itself")
      }
      samples.append(sample)
      if samples.count % printInterval == 0 {
        await timeline.note(
          "\(Format.count(sample.residentBytes / 1024)) kB, \(sample.openFiles) open files, \(sample.threads) threads"
        )
      }
    }
    return samples
  }

  /// Until it is cancelled. Half of them name a reply queue that is not there.
  private func sendInvalidRequests(to stack: TrialStack) async throws {
    let management = Management(stack.broker)
    let bodies = ["no JSON", #"{"username": "user-1"}"#, #"{"username": "user-1", "username": "user-2", "identifier": {}}"#]
    for number in 0... {
      try await management.publish(
        bodies[number % bodies.count],
        to: "aviso.ecpds.requests",
        replyTo: number.isMultiple(of: 2) ? nil : "no.such.queue"
      )
      try await Task.sleep(for: .milliseconds(50))
    }
  }
}
