import Dispatch

/// Runs work that may hang, such as reading files, on a thread where nothing else waits: one run at a time, however many ask for one.
///
/// When a run is over its limit all waiting ends, and nobody waits again until it has ended: a disk that hangs holds one thread and
/// nothing else.
actor BoundedRuns<Reason: Hashable & Sendable> {
  private let queue = DispatchQueue(label: "bounded runs")
  private let timeLimit: @Sendable () async -> Void
  private let body: @Sendable (Set<Reason>) -> Void
  private let overrun: @Sendable (Set<Reason>) -> Void

  private var isRunning = false
  private var isOverdue = false
  private var waiters: [CheckedContinuation<Void, Never>] = []
  /// Why there will be another run, and who waits for it.
  private var nextReasons: Set<Reason> = []
  private var nextWaiters: [CheckedContinuation<Void, Never>] = []

  /// - Parameters:
  ///   - timeLimit: returns when a run has had its time, or the task is cancelled.
  ///   - body: a run; it gets the reasons for which it was asked.
  ///   - overrun: called when a run is over its limit, and for each reason that is given while it still is.
  init(
    timeLimit: @escaping @Sendable () async -> Void,
    body: @escaping @Sendable (Set<Reason>) -> Void,
    overrun: @escaping @Sendable (Set<Reason>) -> Void
  ) {
    self.timeLimit = timeLimit
    self.body = body
    self.overrun = overrun
  }

  /// Returns when a run that began after this call has ended, or at once where one hangs; a run follows in any case.
  func run(for reason: Reason) async {
    nextReasons.insert(reason)
    guard !isOverdue else { return overrun([reason]) }
    await withCheckedContinuation { continuation in
      nextWaiters.append(continuation)
      if !isRunning { begin() }
    }
  }

  private func begin() {
    let reasons = nextReasons
    waiters = nextWaiters
    nextReasons = []
    nextWaiters = []
    isRunning = true
    let timer = Task {
      await timeLimit()
      if !Task.isCancelled { stopWaiting(reasons) }
    }
    let body = body
    queue.async {
      body(reasons)
      Task { await self.end(timer) }
    }
  }

  private func stopWaiting(_ reasons: Set<Reason>) {
    isOverdue = true
    overrun(reasons)
    resumeWaiters()
    for waiter in nextWaiters { waiter.resume() }
    nextWaiters = []
  }

  private func end(_ timer: Task<Void, Never>) {
    timer.cancel()
    isRunning = false
    isOverdue = false
    resumeWaiters()
    if !nextReasons.isEmpty { begin() }
  }

  private func resumeWaiters() {
    for waiter in waiters { waiter.resume() }
    waiters = []
  }
}
