import CoreMetrics
import Synchronization

/// Keeps what is counted and timed, by `label{name=value,…}`.
final class TestMetrics: MetricsFactory {
  private let values = Mutex<[String: [Int64]]>([:])

  /// The sum of a counter; nil if it was never made.
  func count(_ key: String) -> Int64? {
    recorded(key).map { $0.reduce(0, +) }
  }

  /// What a timer was given, in nanoseconds; nil if it was never made.
  func recorded(_ key: String) -> [Int64]? {
    values.withLock { $0[key] }
  }

  /// Every counter and timer of the label that has something, by the rest of its key.
  func nonZero(_ label: String) -> [String: Int64] {
    values.withLock { values in
      values.reduce(into: [:]) { result, entry in
        let sum = entry.value.reduce(0, +)
        if entry.key.hasPrefix(label), sum != 0 {
          result[String(entry.key.dropFirst(label.count))] = sum
        }
      }
    }
  }

  func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    makeHandler(label, dimensions)
  }

  func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    makeHandler(label, dimensions)
  }

  func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
    NOOPMetricsHandler.instance
  }

  func destroyCounter(_ handler: any CounterHandler) {}
  func destroyTimer(_ handler: any TimerHandler) {}
  func destroyRecorder(_ handler: any RecorderHandler) {}

  private func makeHandler(_ label: String, _ dimensions: [(String, String)]) -> Handler {
    let labels = dimensions.map { "\($0.0)=\($0.1)" }.joined(separator: ",")
    let key = labels.isEmpty ? label : "\(label){\(labels)}"
    values.withLock { $0[key] = [] }
    return Handler { value in self.values.withLock { $0[key]?.append(value) } }
  }

  private final class Handler: CounterHandler, TimerHandler {
    private let record: @Sendable (Int64) -> Void

    init(_ record: @escaping @Sendable (Int64) -> Void) {
      self.record = record
    }

    func increment(by amount: Int64) { record(amount) }
    func recordNanoseconds(_ duration: Int64) { record(duration) }
    func reset() {}
  }
}
