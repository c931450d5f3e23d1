import Dispatch

/// A serial executor on a dispatch queue.
final class TestExecutor: SerialExecutor {
  private let queue = DispatchQueue(label: "cache test")

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async {
      unsafe job.runSynchronously(on: self.asUnownedSerialExecutor())
    }
  }

  func checkIsolated() {
    dispatchPrecondition(condition: .onQueue(queue))
  }
}
