enum Percentage {
  /// The share in per cent, rounded half up to one decimal.
  static func text(_ part: Int, of whole: Int) -> String {
    let permille = (part * 2000 + whole) / (2 * whole)
    return "\(permille / 10).\(permille % 10)"
  }
}
