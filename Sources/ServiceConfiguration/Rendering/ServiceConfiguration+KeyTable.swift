extension ServiceConfiguration {
  /// A Markdown table of every key, its environment variable, its default and its meaning.
  public static func keyTable() -> String {
    let rows = ConfigurationKey.all.map { key in
      "| `\(key.path)` | `\(key.environmentVariable)` | \(defaultText(for: key)) | \(key.meaning) |"
    }
    return (["| key | environment variable | default | meaning |", "|---|---|---|---|"] + rows).joined(separator: "\n") + "\n"
  }

  private static func defaultText(for key: ConfigurationKey) -> String {
    guard !key.isRequired else { return "required" }
    let text = key.binding.render(.unset)
    return ["null", "{}"].contains(text) ? "none" : "`\(text.trimmingQuotes())`"
  }
}

extension String {
  fileprivate func trimmingQuotes() -> Substring {
    hasPrefix("\"") && hasSuffix("\"") ? dropFirst().dropLast() : self[...]
  }
}
