/// What a metric means to those who read it, and how it is shown to Prometheus.
public struct MetricDescription: Sendable, Hashable {
  /// The Prometheus type of a metric.
  public enum Kind: String, Sendable, Hashable {
    case counter, gauge, histogram
  }

  /// The name exactly as exposed, with its unit and, for a counter, `_total`.
  public var name: String
  /// One sentence for the `HELP` line.
  public var help: String
  public var kind: Kind
  /// The upper bounds of a histogram's buckets, in the unit of its name; `nil` for the factory's default. `+Inf` is implied.
  public var buckets: [Double]?

  public init(name: String, help: String, kind: Kind, buckets: [Double]? = nil) {
    self.name = name
    self.help = help
    self.kind = kind
    self.buckets = buckets
  }
}
