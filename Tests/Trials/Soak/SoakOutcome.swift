import Foundation

/// What came of a soak, and whether it may.
package struct SoakOutcome: Sendable {
  package var load: LoadReport
  package var samples: [ProcessSample]
  package var invalidCount: Int

  package var failures: [String] {
    var failures: [String] = []
    if load.answered != load.requests { failures.append("\(load.requests - load.answered) requests were not answered") }
    if load.answeredAgain > 0 { failures.append("\(load.answeredAgain) requests were answered twice, and nothing was lost") }
    if load.wrongCount > 0 { failures.append("\(load.wrongCount) answers were wrong, \(load.wrongAllow) of them allowed") }
    if invalidCount == 0 { failures.append("no invalid request was refused") }
    guard let flatness = Flatness(samples) else { return failures + ["too few samples: \(samples.count)"] }
    failures += flatness.measures.filter { !$0.isFlat }.map { "\($0.name) is not flat" }
    return failures
  }

  /// What was asked, and what the worker used in each third of the time.
  package var table: String {
    let results = [
      ("requests", load.requests), ("unavailable", load.decisions["unavailable"] ?? 0), ("invalid requests", invalidCount),
    ]
    var lines = [Self.row("", ["1st third", "2nd third", "3rd third"])]
    for measure in Flatness(samples)?.measures ?? [] {
      lines.append(Self.row(measure.name, measure.thirds.map(Format.count)) + (measure.isFlat ? "  flat" : "  NOT FLAT"))
    }
    return Format.table([results]) + "\n\n" + lines.joined(separator: "\n")
  }

  private static func row(_ name: String, _ cells: [String]) -> String {
    name.padding(toLength: 22, withPad: " ", startingAt: 0) + cells.map { Format.flushRight($0, 11) }.joined()
  }
}
