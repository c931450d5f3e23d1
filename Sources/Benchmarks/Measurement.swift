internal import CAllocationCount

/// How long a piece of work takes, and how often it asks for memory, over several runs.
struct Measurement {
  /// Whether allocations are counted: not under a sanitizer.
  static var countsAllocations: Bool { allocation_count() > 0 }

  private let operationCount: Int
  private var start: (time: ContinuousClock.Instant, allocationCount: UInt)?
  private var times: [Double] = []
  private var allocations: [Double] = []

  /// - Parameter operationCount: how many operations a run has; what comes out is for one of them.
  init(operationCount: Int) {
    self.operationCount = operationCount
  }

  /// The median over the runs, in nanoseconds.
  var nanoseconds: Double { times.sorted()[times.count / 2] }

  /// The fewest allocations in a run.
  var allocationCount: Double { allocations.min() ?? 0 }

  /// Starts a run, on the thread that does the work.
  mutating func begin() {
    start = (.now, allocation_count())
  }

  /// Ends the run.
  mutating func end() {
    guard let start else { return }
    times.append((ContinuousClock.now - start.time) / .nanoseconds(1) / Double(operationCount))
    allocations.append(Double(allocation_count() - start.allocationCount) / Double(operationCount))
  }
}
