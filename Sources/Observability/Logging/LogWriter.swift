import Glibc
import NIOConcurrencyHelpers
import NIOPosix

/// Takes lines without ever waiting, and writes them to a file descriptor on a thread of its own: a line after some quiet at once, lines
/// that come in numbers together, every few milliseconds.
///
/// Where the reader of the descriptor stalls, lines gather up to a bound; from then on they are dropped and counted. When it flows
/// again a notice follows the last line that was kept and says how many are missing. The process has to ignore SIGPIPE.
public final class LogWriter: Sendable {
  private struct State {
    /// Whole lines that wait to be written.
    var buffer: [UInt8] = []
    /// A line was dropped since the buffer was last taken. More are until it is taken again, so that the notice is in its place.
    var isFull = false
    var droppedLineCount = 0
    /// Of the dropped lines, those that no notice has told of.
    var unreportedLineCount = 0
    /// The writer's thread is at work, or about to be.
    var isDraining = false
    /// The last write failed for good: a notice waits for the next line to try with.
    var hasFailed = false
    /// The last write ended within a line.
    var isMidLine = false
    var flushes: [Int: CheckedContinuation<Bool, Never>] = [:]
    var nextFlushID = 0
  }

  private let descriptor: Int32
  private let capacity: Int
  private let droppedNotice: @Sendable (Int) -> [UInt8]
  private let state = NIOLockedValueBox(State())
  private let thread = NIOThreadPool(numberOfThreads: 1)

  /// - Parameters:
  ///   - descriptor: Written to and never closed.
  ///   - capacity: The bytes that may wait while others are being written.
  ///   - droppedNotice: Makes the line that says how many lines are missing.
  public init(descriptor: Int32, capacity: Int = 1 << 20, droppedNotice: @escaping @Sendable (Int) -> [UInt8]) {
    self.descriptor = descriptor
    self.capacity = capacity
    self.droppedNotice = droppedNotice
    thread.start()
  }

  deinit {
    // Work in progress holds on to the writer, so the thread is idle here.
    thread.shutdownGracefully { _ in }
  }

  /// How many lines were lost since the start: they did not fit, or the descriptor failed.
  public var droppedLineCount: Int { state.withLockedValue { $0.droppedLineCount } }

  /// Hands a whole line over, its line feed included. Never waits for the descriptor.
  public func write(_ line: [UInt8]) {
    let mustStart = state.withLockedValue { state -> Bool in
      if state.isFull || state.buffer.count + line.count > capacity {
        state.isFull = true
        state.droppedLineCount += 1
        state.unreportedLineCount += 1
      } else {
        state.buffer += line
      }
      defer { state.isDraining = true }
      return !state.isDraining
    }
    if mustStart { thread.submit { _ in self.drain() } }
  }

  /// Waits until everything handed over so far is written or lost, for the exit of the process.
  /// - Returns: `false` where the time was up before.
  public func flush(timeout: Duration) async -> Bool {
    await withCheckedContinuation { continuation in
      let id = state.withLockedValue { state -> Int? in
        guard state.isDraining else { return nil }
        defer { state.nextFlushID += 1 }
        state.flushes[state.nextFlushID] = continuation
        return state.nextFlushID
      }
      guard let id else {
        continuation.resume(returning: true)
        return
      }
      Task {
        try? await Task.sleep(for: timeout)
        state.withLockedValue { $0.flushes.removeValue(forKey: id) }?.resume(returning: false)
      }
    }
  }

  /// Runs on the writer's thread until nothing is left to write.
  private func drain() {
    var batch: [UInt8] = []
    while let missingLineCount = takeBuffer(into: &batch) {
      let lostLineCount = writeLines(batch)
      var unreportedLineCount = lostLineCount
      if missingLineCount > 0, writeLines(droppedNotice(missingLineCount)) > 0 {
        unreportedLineCount += missingLineCount
      }
      state.withLockedValue { [unreportedLineCount] state in
        state.droppedLineCount += lostLineCount
        state.unreportedLineCount += unreportedLineCount
        state.hasFailed = unreportedLineCount > 0
      }
      // To be woken for each line, and to write each by itself, costs more than all else about a line.
      usleep(Self.gatheringMicroseconds)
    }
  }

  /// Exchanges the buffer for the memory of the batch before.
  /// - Returns: How many dropped lines to tell of after the batch; `nil` where there is nothing to do, and the thread goes to rest.
  private func takeBuffer(into batch: inout [UInt8]) -> Int? {
    batch.removeAll(keepingCapacity: true)
    let (missingLineCount, flushes) = state.withLockedValue { state -> (Int?, [CheckedContinuation<Bool, Never>]) in
      guard !state.buffer.isEmpty || (state.isFull && !state.hasFailed) else {
        state.isDraining = false
        state.isFull = false
        defer { state.flushes = [:] }
        return (nil, Array(state.flushes.values))
      }
      swap(&state.buffer, &batch)
      state.isFull = false
      defer { state.unreportedLineCount = 0 }
      return (state.unreportedLineCount, [])
    }
    for flush in flushes { flush.resume(returning: true) }
    return missingLineCount
  }

  /// - Returns: How many lines were lost, because the descriptor failed.
  private func writeLines(_ lines: [UInt8]) -> Int {
    // The line that a failure cut short is counted as lost already; what follows must not continue it.
    let repair = state.withLockedValue { $0.isMidLine } ? [Self.lineFeed] : []
    let bytes = repair + lines
    let writtenCount = DescriptorOutput.write(bytes, to: descriptor)
    if writtenCount > 0 {
      let isMidLine = bytes[writtenCount - 1] != Self.lineFeed
      state.withLockedValue { $0.isMidLine = isMidLine }
    }
    return bytes[max(writtenCount, repair.count)...].count { $0 == Self.lineFeed }
  }

  private static let gatheringMicroseconds: UInt32 = 5_000
  private static let lineFeed = UInt8(ascii: "\n")
}
