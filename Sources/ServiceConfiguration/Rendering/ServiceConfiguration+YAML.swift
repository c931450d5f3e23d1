extension ServiceConfiguration {
  /// The effective configuration as YAML: every key with its value, secrets redacted, and a comment that says where each value of
  /// a loaded configuration came from.
  public func redactedYAML() -> String {
    var lines: [String] = []
    var openSections: [String] = []
    for key in ConfigurationKey.all {
      let sections = Array(key.components.dropLast())
      let common = zip(openSections, sections).prefix { $0 == $1 }.count
      for depth in common..<sections.count {
        lines.append(indentation(depth) + sections[depth] + ":")
      }
      openSections = sections
      let name = key.components.last ?? ""
      lines.append(indentation(sections.count) + "\(name): \(key.binding.render(self))" + comment(for: key))
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private func indentation(_ depth: Int) -> String {
    String(repeating: "  ", count: depth)
  }

  private func comment(for key: ConfigurationKey) -> String {
    switch sources[key.path] {
    case .builtIn: "  # default"
    case .file: "  # file"
    case .environment(let variable): "  # environment \(variable)"
    case .passwordFile: "  # ecpds.password_file"
    case nil: ""
    }
  }
}
