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

  package var table: String {
    let results = [("requests", load.requests), ("unavailable", load.decisions["unavailable"] ?? 0), ("invalid requests", invalidCount)]
    let thirds = (Flatness(samples)?.measures ?? []).map { measure in
      measure.name.padding(toLength: 22, withPad: " ", startingAt: 0)
        + measure.thirds.map { Format.flushRight(Format.count($0), 11) }.joined() + (measure.isFlat ? "  flat" : "  NOT FLAT")
    }
    let head = String(repeating: " ", count: 22) + ["1st third", "2nd third", "3rd third"].map { Format.flushRight($0, 11) }.joined()
    return Format.table([results]) + "\n\n" + ([head] + thirds).joined(separator: "\n")
  }
}
