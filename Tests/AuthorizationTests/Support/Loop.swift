import Dispatch

/// A serial executor, as the worker's event loop is one.
final class QueueExecutor: SerialExecutor {
  private let queue = DispatchQueue(label: "test loop")

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    queue.async { unsafe job.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }
}

/// Runs what it is given on an executor, in order.
actor Loop {
  private let executor: QueueExecutor

  nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

  init(_ executor: QueueExecutor) {
    self.executor = executor
  }

  /// Starts so many tasks and returns when each has come to its first suspension.
  func start<Value: Sendable>(
    _ count: Int,
    _ operation: @escaping @Sendable (Int) async -> Value
  ) async -> [Task<Value, Never>] {
    let tasks = (0..<count).map { index in
      Task {
        self.assertIsolated()
        return await operation(index)
      }
    }
    // The executor is serial and first in, first out: when the last task has run, all have.
    await Task { self.assertIsolated() }.value
    return tasks
  }
}
