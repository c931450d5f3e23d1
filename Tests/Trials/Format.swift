import Foundation

/// Numbers as the trials print them.
enum Format {
  /// `12.3 s`.
  static func seconds(_ duration: Duration) -> String {
    String(format: "%.1f s", duration / .seconds(1))
  }

  /// `200,000`.
  static func count(_ number: Int) -> String {
    var digits = String(number.magnitude)
    var groups: [String] = []
    while digits.count > 3 {
      groups.insert(String(digits.suffix(3)), at: 0)
      digits.removeLast(3)
    }
    return (number < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
  }

  /// A number with so many digits after the point.
  static func decimal(_ number: Double, _ digits: Int) -> String {
    String(format: "%.\(digits)f", number)
  }

  static func flushRight(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }

  /// Two columns, names and numbers, in blocks with an empty line between them.
  static func table(_ blocks: [[(name: String, count: Int)]]) -> String {
    let width = blocks.joined().map(\.name.count).max() ?? 0
    return blocks.map { rows in
      rows.map { name, count in
        name.padding(toLength: width + 2, withPad: " ", startingAt: 0) + flushRight(Format.count(count), 9)
      }.joined(separator: "\n")
    }.joined(separator: "\n\n")
  }
}
