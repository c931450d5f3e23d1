/// How a run is getting on.
public struct LoadProgress: Sendable {
  var sentCount: Int
  var answeredCount: Int
  /// In the second before.
  var answersPerSecond: Double
  var outstandingCount: Int
  /// Of the answers of the second before, in microseconds; nil where there were none.
  var p99Microseconds: UInt64?
  var failureCount: Int
  /// Since when there has been no broker.
  var disconnectedFor: Duration?

  /// One line for a terminal.
  public var line: String {
    var parts = [
      "sent \(sentCount.grouped)", "answered \(answeredCount.grouped)", "\(Int(answersPerSecond).grouped) a second",
      "under way \(outstandingCount.grouped)", "p99 \(p99Microseconds.map { "\($0.milliseconds) ms" } ?? "-")",
      "failures \(failureCount.grouped)",
    ]
    if let disconnectedFor { parts.append("no broker for \(disconnectedFor.components.seconds) s") }
    return parts.joined(separator: "  ")
  }
}
