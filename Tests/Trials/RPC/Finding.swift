import Foundation

/// A line of the benchmark's table: what the worker did, what the constant responder did in the same run, and what is aimed at.
package struct Finding: Sendable {
  package var name: String
  package var worker: Double
  /// Nil where only the worker can be asked.
  package var responder: Double?
  package var digits = 0
  package var target = ""
  /// Nil where nothing is aimed at.
  package var isMet: Bool?

  package init(
    _ name: String,
    worker: Double,
    responder: Double? = nil,
    digits: Int = 0,
    target: String = "",
    isMet: Bool? = nil
  ) {
    self.name = name
    self.worker = worker
    self.responder = responder
    self.digits = digits
    self.target = target
    self.isMet = isMet
  }

  /// Where the worker may not fall short of a share of the responder.
  package static func atLeast(_ ratio: Double, _ name: String, worker: Double, responder: Double) -> Finding {
    Finding(name, worker: worker, responder: responder, target: ">= \(ratio) x", isMet: worker >= ratio * responder)
  }

  /// Where the worker may not exceed a multiple of the responder.
  package static func atMost(_ ratio: Double, _ name: String, worker: Double, responder: Double, digits: Int) -> Finding {
    Finding(
      name,
      worker: worker,
      responder: responder,
      digits: digits,
      target: "<= \(ratio) x",
      isMet: worker <= ratio * responder
    )
  }

  /// Where the worker may not exceed a figure.
  package static func atMost(_ limit: Double, _ name: String, worker: Double, digits: Int = 0) -> Finding {
    Finding(name, worker: worker, digits: digits, target: "<= \(Format.decimal(limit, digits))", isMet: worker <= limit)
  }

  /// The table, columns as wide as they must be.
  package static func table(_ findings: [Finding]) -> String {
    let header = ["", "worker", "responder", "ratio", "target", ""]
    let rows = [header] + findings.map(\.cells)
    let widths = header.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let name = row[0].padding(toLength: widths[0], withPad: " ", startingAt: 0)
      let numbers = row.indices.dropFirst().dropLast().map { Format.flushRight(row[$0], widths[$0]) }
      return ([name] + numbers + [row[row.count - 1]]).joined(separator: "  ")
    }.joined(separator: "\n")
  }

  private var cells: [String] {
    [
      name,
      Format.decimal(worker, digits),
      responder.map { Format.decimal($0, digits) } ?? "",
      responder.map { Format.decimal(worker / $0, 2) } ?? "",
      target,
      isMet.map { $0 ? "met" : "NOT MET" } ?? "",
    ]
  }
}

extension [Double] {
  /// Of an even number the higher one of the two in the middle; 0 of none.
  var median: Double { isEmpty ? 0 : sorted()[count / 2] }
}
