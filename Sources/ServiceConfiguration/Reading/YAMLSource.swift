import Yams

/// Turns text into Yams' tree of nodes.
enum YAMLSource {
  /// The root of the only document, or `nil` where there is none. It holds no anchor and no alias: these are refused.
  static func root(of text: String) throws(ConfigurationFault) -> Node? {
    try AnchorSearch.refuseAnchors(in: text)
    return try composedRoot(of: text)
  }

  /// The same without a look for anchors first, for a text that is known to have none.
  static func composedRoot(of text: String) throws(ConfigurationFault) -> Node? {
    do {
      // The encoding is given because Yams would otherwise take it from an environment variable.
      return try Parser(yaml: text, encoding: .utf8).singleRoot()
    } catch let error as YamlError {
      throw fault(for: error)
    } catch {
      throw ConfigurationFault(keyPath: "", reason: "is not valid YAML")
    }
  }

  /// Only the parser's own words: the descriptions of Yams' errors quote the line, which may hold the password.
  private static func fault(for error: YamlError) -> ConfigurationFault {
    switch error {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      let words = [context?.text, problem].compactMap { $0 }.joined(separator: ", ")
      return ConfigurationFault(keyPath: "", reason: "is not valid YAML: \(words)", line: mark.line)
    case .reader(let problem, _, _, _):
      return ConfigurationFault(keyPath: "", reason: "is not valid YAML: \(problem)")
    case .duplicatedKeysInMapping(let duplicates, let context):
      return duplicateFault(of: duplicates.first ?? "", line: context.mark.line)
    default:
      return ConfigurationFault(keyPath: "", reason: "is not valid YAML")
    }
  }

  /// Yams tells only the name of a key that is there twice; for most of ours that is enough to know which one it is. A name that
  /// is none of ours is not repeated.
  private static func duplicateFault(of name: String, line: Int) -> ConfigurationFault {
    let known = ConfigurationKey.all.map(\.path) + ConfigurationKey.sections
    let paths = known.filter { $0 == name || $0.hasSuffix("." + name) }
    guard let path = paths.first else {
      return ConfigurationFault(keyPath: "", reason: "a key appears more than once", line: line)
    }
    return ConfigurationFault(keyPath: paths.count == 1 ? path : name, reason: "appears more than once", line: line)
  }

  /// The name of a key, if it looks like one: what was meant as `password: secret` and lost its space is a key too.
  static func printableName(_ name: String) -> String? {
    let isName = (1...64).contains(name.utf8.count) && name.utf8.allSatisfy { $0.isLetterOrDigit || "_-".utf8.contains($0) }
    return isName ? name : nil
  }
}
