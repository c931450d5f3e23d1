public import CoreMetrics
import NIOConcurrencyHelpers

/// A swift-metrics backend that Prometheus scrapes.
///
/// Recording takes no lock and allocates nothing; making a handle and making the text take one. A series is exposed, at zero,
/// from the moment its handle is made. Equal name and labels share one series, so that a handle may be made more than once.
///
/// Every `Timer` is a histogram in seconds; a `Recorder` is a histogram where it aggregates, else a gauge. A name whose
/// description, or first handle, is of another kind gets a handle that records but is not exposed: one wrong metric must stop
/// neither the process nor the scrape.
public final class PrometheusMetricsFactory: MetricsFactory, Sendable {
  /// The default bounds of a histogram, for seconds: the default of the Prometheus client libraries.
  public static let defaultBuckets: [Double] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

  private enum Series {
    case counter(CounterHandle)
    case gauge(GaugeHandle)
    case histogram(HistogramHandle)
  }

  private struct Family {
    var kind: MetricDescription.Kind
    var series: [String: Series] = [:]
  }

  private let descriptions: [String: MetricDescription]
  private let defaultBuckets: [Double]
  private let families = NIOLockedValueBox<[String: Family]>([:])
  private let collectors = NIOLockedValueBox<[@Sendable () async -> Void]>([])

  /// - Parameters:
  ///   - descriptions: Help, kind and buckets of the metrics that are known beforehand. Of two with one name the last counts.
  ///   - defaultBuckets: The upper bounds of histograms whose description names none.
  public init(descriptions: [MetricDescription] = [], defaultBuckets: [Double] = PrometheusMetricsFactory.defaultBuckets) {
    let all = ProcessMetrics.descriptions + descriptions
    self.descriptions = Dictionary(all.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    self.defaultBuckets = defaultBuckets
  }

  /// Adds a closure that ``collect()`` awaits before it makes the text: the place to set gauges that are computed on demand.
  public func onCollect(_ collector: @escaping @Sendable () async -> Void) {
    collectors.withLockedValue { $0.append(collector) }
  }

  /// Runs the collectors one after the other, in the order in which they were added, and returns ``exposition()``.
  public func collect() async -> String {
    for collector in collectors.withLockedValue({ $0 }) {
      await collector()
    }
    return exposition()
  }

  /// All series in the Prometheus text format 0.0.4, sorted by name and labels.
  public func exposition() -> String {
    let families = families.withLockedValue { $0 }
    var text = ""
    for (name, family) in families.sorted(by: { $0.key < $1.key }) where !family.series.isEmpty {
      PrometheusText.appendHeader(name: name, help: descriptions[name]?.help, kind: family.kind, to: &text)
      for (labels, series) in family.series.sorted(by: { $0.key < $1.key }) {
        switch series {
        case .counter(let counter):
          PrometheusText.appendSample(name: name, labels: labels, value: PrometheusText.number(counter.value), to: &text)
        case .gauge(let gauge):
          PrometheusText.appendSample(name: name, labels: labels, value: PrometheusText.number(gauge.value), to: &text)
        case .histogram(let histogram):
          PrometheusText.appendHistogram(histogram, to: &text)
        }
      }
    }
    return text
  }

  // MARK: - MetricsFactory

  public func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    counter(label: label, dimensions: dimensions)
  }

  public func makeFloatingPointCounter(label: String, dimensions: [(String, String)]) -> any FloatingPointCounterHandler {
    counter(label: label, dimensions: dimensions)
  }

  public func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
    gauge(label: label, dimensions: dimensions)
  }

  public func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
    if aggregate { histogram(label: label, dimensions: dimensions) } else { gauge(label: label, dimensions: dimensions) }
  }

  public func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    histogram(label: label, dimensions: dimensions)
  }

  public func destroyCounter(_ handler: any CounterHandler) { remove(handler) }
  public func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) { remove(handler) }
  public func destroyMeter(_ handler: any MeterHandler) { remove(handler) }
  public func destroyRecorder(_ handler: any RecorderHandler) { remove(handler) }
  public func destroyTimer(_ handler: any TimerHandler) { remove(handler) }

  // MARK: - Registry

  func counter(label: String, dimensions: [(String, String)] = []) -> CounterHandle {
    let identity = identity(label: label, dimensions: dimensions)
    let series = series(identity, kind: .counter) { .counter(CounterHandle(identity: identity)) }
    guard case .counter(let handle) = series else { return CounterHandle(identity: identity) }
    return handle
  }

  func gauge(label: String, dimensions: [(String, String)] = []) -> GaugeHandle {
    let identity = identity(label: label, dimensions: dimensions)
    let series = series(identity, kind: .gauge) { .gauge(GaugeHandle(identity: identity)) }
    guard case .gauge(let handle) = series else { return GaugeHandle(identity: identity) }
    return handle
  }

  private func histogram(label: String, dimensions: [(String, String)]) -> HistogramHandle {
    let identity = identity(label: label, dimensions: dimensions)
    let upperBounds = upperBounds(for: identity.name)
    let series = series(identity, kind: .histogram) { .histogram(HistogramHandle(identity: identity, upperBounds: upperBounds)) }
    guard case .histogram(let handle) = series else { return HistogramHandle(identity: identity, upperBounds: upperBounds) }
    return handle
  }

  private func identity(label: String, dimensions: [(String, String)]) -> SeriesIdentity {
    SeriesIdentity(name: PrometheusText.validName(label), labels: PrometheusText.labels(dimensions))
  }

  private func upperBounds(for name: String) -> [Double] {
    let bounds = descriptions[name]?.buckets ?? defaultBuckets
    return Set(bounds.filter(\.isFinite)).sorted()
  }

  /// The series registered as `identity`, made if there is none; `nil` where the name is of another kind.
  private func series(_ identity: SeriesIdentity, kind: MetricDescription.Kind, make: () -> Series) -> Series? {
    let describedKind = descriptions[identity.name]?.kind ?? kind
    return families.withLockedValue { families in
      guard describedKind == kind, families[identity.name, default: Family(kind: kind)].kind == kind else { return nil }
      if let existing = families[identity.name]?.series[identity.labels] { return existing }
      let series = make()
      families[identity.name, default: Family(kind: kind)].series[identity.labels] = series
      return series
    }
  }

  private func remove(_ handler: AnyObject) {
    guard let handle = handler as? any MetricHandle else { return }
    let identity = handle.identity
    families.withLockedValue { families in
      guard let series = families[identity.name]?.series[identity.labels] else { return }
      let registered: any MetricHandle =
        switch series {
        case .counter(let handle): handle
        case .gauge(let handle): handle
        case .histogram(let handle): handle
        }
      // A handle that was never exposed must not take away another's series.
      guard registered === handle else { return }
      families[identity.name]?.series[identity.labels] = nil
    }
  }
}
