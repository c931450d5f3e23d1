import ArgumentParser

extension ValidationError {
  /// Throws where an option's value is not more than 0, or is more than a limit. An option that is not given passes.
  static func check(_ option: String, _ value: Double?, atMost limit: Int, unit: String = "") throws {
    guard let value, !(value > 0 && value <= Double(limit)) else { return }
    throw ValidationError("\(option) must be more than 0 and at most \(limit)\(unit.isEmpty ? "" : " " + unit).")
  }
}
