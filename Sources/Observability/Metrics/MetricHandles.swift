import CoreMetrics
import Synchronization

/// The name and labels under which a handle is exposed.
struct SeriesIdentity: Hashable, Sendable {
  let name: String
  /// The labels in the text format, sorted and without the braces: `code="200",method="GET"`. Empty where there are none.
  let labels: String
}

/// A handle that the factory can find again in its registry.
protocol MetricHandle: AnyObject, Sendable {
  var identity: SeriesIdentity { get }
}

/// A `Double` that many threads add to without a lock.
struct AtomicDouble: ~Copyable, Sendable {
  private let bits = Atomic<UInt64>(0)

  func load() -> Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

  func store(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

  func add(_ amount: Double) {
    var current = bits.load(ordering: .relaxed)
    while true {
      let sum = (Double(bitPattern: current) + amount).bitPattern
      let (exchanged, original) = bits.weakCompareExchange(expected: current, desired: sum, ordering: .relaxed)
      if exchanged { return }
      current = original
    }
  }
}

/// A counter. Whole and fractional amounts are kept apart: integers stay exact and cost one atomic instruction.
final class CounterHandle: MetricHandle, CounterHandler, FloatingPointCounterHandler {
  let identity: SeriesIdentity
  private let whole = Atomic<Int64>(0)
  private let fractional = AtomicDouble()

  init(identity: SeriesIdentity) { self.identity = identity }

  var value: Double { Double(whole.load(ordering: .relaxed)) + fractional.load() }

  /// Adds `amount`. A counter never decreases: other than positive amounts are ignored.
  func increment(by amount: Int64) {
    guard amount > 0 else { return }
    whole.wrappingAdd(amount, ordering: .relaxed)
  }

  func increment(by amount: Double) {
    guard amount > 0, amount.isFinite else { return }
    fractional.add(amount)
  }

  /// Takes over a total that somebody else counts, as the kernel does processor time.
  func setTotal(_ total: Double) {
    whole.store(0, ordering: .relaxed)
    fractional.store(total)
  }

  func reset() { setTotal(0) }
}

/// A gauge: a swift-metrics `Meter`, or a `Recorder` that does not aggregate.
final class GaugeHandle: MetricHandle, MeterHandler, RecorderHandler {
  let identity: SeriesIdentity
  private let current = AtomicDouble()

  init(identity: SeriesIdentity) { self.identity = identity }

  var value: Double { current.load() }

  func set(_ value: Int64) { current.store(Double(value)) }
  func set(_ value: Double) { current.store(value) }
  func increment(by amount: Double) { current.add(amount) }
  func decrement(by amount: Double) { current.add(-amount) }
  func record(_ value: Int64) { set(value) }
  func record(_ value: Double) { set(value) }
}

/// A histogram: a swift-metrics `Timer`, in seconds, or an aggregating `Recorder`, in its own unit.
final class HistogramHandle: MetricHandle, TimerHandler, RecorderHandler {
  /// One bucket's own observations. A class, because an array holds no atomics.
  private final class Bucket: Sendable {
    let count = Atomic<UInt64>(0)
  }

  struct Snapshot {
    /// For each upper bound how many observations it or a smaller one took.
    var cumulativeCounts: [UInt64]
    /// All observations, also those above the last bound.
    var count: UInt64
    var sum: Double
  }

  let identity: SeriesIdentity
  /// Ascending; the bucket above the last bound (`+Inf`) is implied.
  let upperBounds: [Double]
  private let buckets: [Bucket]
  private let sum = AtomicDouble()

  init(identity: SeriesIdentity, upperBounds: [Double]) {
    self.identity = identity
    self.upperBounds = upperBounds
    self.buckets = (0...upperBounds.count).map { _ in Bucket() }
  }

  func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }

  func record(_ value: Int64) { record(Double(value)) }

  /// Counts `value` in the first bucket whose bound is not below it. Not a number is ignored: it would spoil the sum for good.
  func record(_ value: Double) {
    guard !value.isNaN else { return }
    var index = 0
    while index < upperBounds.count, value > upperBounds[index] { index += 1 }
    buckets[index].count.wrappingAdd(1, ordering: .relaxed)
    sum.add(value)
  }

  /// What was recorded so far. The total is made from the buckets, so that `_count` and the `+Inf` bucket never disagree.
  func snapshot() -> Snapshot {
    var total: UInt64 = 0
    var cumulativeCounts: [UInt64] = []
    cumulativeCounts.reserveCapacity(buckets.count)
    for bucket in buckets {
      total += bucket.count.load(ordering: .relaxed)
      cumulativeCounts.append(total)
    }
    cumulativeCounts.removeLast()
    return Snapshot(cumulativeCounts: cumulativeCounts, count: total, sum: sum.load())
  }
}
