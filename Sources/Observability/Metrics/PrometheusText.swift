/// The Prometheus text format, version 0.0.4.
///
/// Source: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
enum PrometheusText {
  /// The labels of a series without the braces: names made valid, values escaped, sorted by name, the first of equal names.
  static func labels(_ dimensions: [(String, String)]) -> String {
    var labels: [(name: String, value: String)] = []
    for (name, value) in dimensions {
      let name = validName(name, isLabel: true)
      guard !labels.contains(where: { $0.name == name }) else { continue }
      labels.append((name, value))
    }
    labels.sort { $0.name < $1.name }
    return labels.map { "\($0.name)=\"\(escaped($0.value, quote: true))\"" }.joined(separator: ",")
  }

  /// `name` with `_` for each character that Prometheus does not take there; only metric names may have a colon.
  static func validName(_ name: String, isLabel: Bool = false) -> String {
    var result = ""
    for scalar in name.unicodeScalars {
      switch scalar {
      case "a"..."z", "A"..."Z", "_": result.unicodeScalars.append(scalar)
      case ":" where !isLabel: result.unicodeScalars.append(scalar)
      case "0"..."9":
        if result.isEmpty { result.append("_") }
        result.unicodeScalars.append(scalar)
      default: result.append("_")
      }
    }
    return result.isEmpty ? "_" : result
  }

  static func appendHeader(name: String, help: String?, kind: MetricDescription.Kind, to text: inout String) {
    if let help {
      text += "# HELP \(name) \(escaped(help, quote: false))\n"
    }
    text += "# TYPE \(name) \(kind.rawValue)\n"
  }

  static func appendSample(name: String, labels: String, value: String, to text: inout String) {
    text += name
    if !labels.isEmpty { text += "{\(labels)}" }
    text += " \(value)\n"
  }

  static func appendHistogram(_ histogram: HistogramHandle, to text: inout String) {
    let (name, labels) = (histogram.identity.name, histogram.identity.labels)
    let prefix = labels.isEmpty ? "" : labels + ","
    let snapshot = histogram.snapshot()
    for (bound, count) in zip(histogram.upperBounds, snapshot.cumulativeCounts) {
      appendSample(name: name + "_bucket", labels: "\(prefix)le=\"\(number(bound))\"", value: String(count), to: &text)
    }
    appendSample(name: name + "_bucket", labels: prefix + "le=\"+Inf\"", value: String(snapshot.count), to: &text)
    appendSample(name: name + "_sum", labels: labels, value: number(snapshot.sum), to: &text)
    appendSample(name: name + "_count", labels: labels, value: String(snapshot.count), to: &text)
  }

  /// `value` as the format writes it: whole numbers without a fraction, infinities with their sign.
  static func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
    if let whole = Int64(exactly: value) { return String(whole) }
    return String(value)
  }

  private static func escaped(_ string: String, quote: Bool) -> String {
    var result = ""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\"" where quote: result += "\\\""
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
