import Foundation
import TestSupport

/// Who answers the requests of a queue: the worker, or what it is measured against.
package enum Contestant: String, CaseIterable, Sendable {
  case worker
  /// `Tests/ConstantResponder`: the least that an answer costs with the same guarantees.
  case responder
}

/// A process of a contestant.
struct ContestantProcess {
  let process: LoggedProcess
  let log: URL

  func end() async {
    process.signal(SIGTERM)
    await process.exitStatus()
  }
}

extension LoggedProcess {
  /// Its share of a processor's time since it began.
  ///
  /// The kernel's own account of each thread, in nanoseconds: `/proc/PID/stat` counts in hundredths of a second.
  /// Source: https://docs.kernel.org/scheduler/sched-stats.html
  var processorTime: Duration {
    let folder = "/proc/\(processIdentifier)/task"
    let threads = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let nanoseconds = threads.map { thread in
      let account = try? String(contentsOfFile: "\(folder)/\(thread)/schedstat", encoding: .utf8)
      return account?.split(separator: " ").first.flatMap { Int64($0) } ?? 0
    }
    return .nanoseconds(nanoseconds.reduce(0, +))
  }

  var residentBytes: Int { ProcessSample(processIdentifier: processIdentifier)?.residentBytes ?? 0 }
}
