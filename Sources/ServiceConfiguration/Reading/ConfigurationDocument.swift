import Yams

/// What a configuration file says, by key, and what is wrong with how it says it: names, types and forms. Whether a value is
/// allowed is not asked here.
struct ConfigurationDocument {
  private(set) var values: [String: RawValue] = [:]
  /// Where each key's value and each list's elements stand. A key without a value has a line too.
  private(set) var lines: [String: Int] = [:]
  private(set) var faults: [ConfigurationFault] = []
  /// Whether there was a tree to read at all; without one, nothing can be said about what is missing.
  private(set) var isReadable = true

  /// With more faults than this, the file is no misspelt configuration but something else; a hundred thousand comparisons would take
  /// minutes.
  private static let suggestionLimit = 100

  private let bindings = Dictionary(uniqueKeysWithValues: ConfigurationKey.all.map { ($0.path, $0.binding) })

  /// Reads the only document in `text`.
  init(parsing text: String) {
    let text = text.hasPrefix("\u{FEFF}") ? String(text.unicodeScalars.dropFirst()) : text
    do throws(ConfigurationFault) {
      if let root = try YAMLSource.root(of: text) { readSection(root, at: "") }
    } catch {
      faults.append(error)
      isReadable = false
    }
  }

  /// Whether something under or above the key is at fault, so that its absence is no news.
  func isFaulty(_ path: String) -> Bool {
    faults.contains {
      $0.keyPath.isEmpty || path == $0.keyPath || path.hasPrefix($0.keyPath + ".") || $0.keyPath.hasPrefix(path + "[")
    }
  }

  private mutating func report(_ reason: String, _ node: Node, at path: String) {
    faults.append(ConfigurationFault(keyPath: path, reason: reason, line: node.mark?.line))
  }

  // MARK: Sections

  private mutating func readSection(_ node: Node, at path: String) {
    for (name, key, value) in entries(of: node, at: path) {
      guard let name = YAMLSource.printableName(name) else {
        report("holds a key that is not a plain name (a space may be missing after a colon)", key, at: path)
        continue
      }
      let childPath = path.isEmpty ? name : "\(path).\(name)"
      if let binding = bindings[childPath] {
        lines[childPath] = value.mark?.line
        values[childPath] = read(value, as: binding.shape, at: childPath)
      } else if ConfigurationKey.sections.contains(childPath) {
        readSection(value, at: childPath)
      } else {
        report("is not a known key" + suggestion(for: name, under: path), key, at: childPath)
      }
    }
  }

  /// The names and values of a mapping; nothing where the node is null. No name is there twice: Yams has seen to that.
  private mutating func entries(of node: Node, at path: String) -> [(name: String, key: Node, value: Node)] {
    guard node.tagName != .null else { return [] }
    guard case .mapping(let mapping) = node, node.tagName == .map else {
      report("expected a mapping, found \(kind(of: node))", node, at: path)
      return []
    }
    return mapping.compactMap { key, value in
      guard case .scalar(let scalar) = key, key.tagName == .str else {
        report("holds a key that is not a string", key, at: path)
        return nil
      }
      return (scalar.string, key, value)
    }
  }

  private func suggestion(for name: String, under path: String) -> String {
    guard faults.count < Self.suggestionLimit else { return "" }
    let depth = path.isEmpty ? 0 : path.split(separator: ".").count
    let prefix = path.isEmpty ? "" : path + "."
    let siblings = ConfigurationKey.all.filter { $0.path.hasPrefix(prefix) }.map { $0.components[depth] }
    if let near = Suggestion.nearest(to: name, among: siblings) { return "; did you mean \(prefix)\(near)?" }
    if let elsewhere = ConfigurationKey.all.first(where: { $0.components.last == name }) {
      return "; did you mean \(elsewhere.path)?"
    }
    return ""
  }

  // MARK: Values

  private mutating func read(_ node: Node, as shape: ValueShape, at path: String) -> RawValue? {
    guard node.tagName != .null else { return nil }
    switch shape {
    case .text: return readScalar(node, tag: .str, called: "a string", at: path).map(RawValue.text)
    case .wholeNumber: return readScalar(node, tag: .int, called: "a whole number", at: path).map(RawValue.text)
    case .boolean: return readScalar(node, tag: .bool, called: "true or false", at: path).map(RawValue.text)
    case .list: return readList(node, at: path).map(RawValue.list)
    case .realms: return readRealms(node, at: path).map(RawValue.list)
    }
  }

  private mutating func readScalar(_ node: Node, tag: Tag.Name, called expected: String, at path: String) -> String? {
    guard case .scalar(let scalar) = node, node.tagName == tag else {
      let advice = tag == .str && node.scalar != nil ? "; put it in quotes" : ""
      report("expected \(expected), found \(kind(of: node))\(advice)", node, at: path)
      return nil
    }
    return scalar.string
  }

  private mutating func readList(_ node: Node, at path: String) -> [String]? {
    guard case .sequence(let sequence) = node, node.tagName == .seq else {
      report("expected a list, found \(kind(of: node))", node, at: path)
      return nil
    }
    let elements = sequence.enumerated().map { index, element in
      lines["\(path)[\(index)]"] = element.mark?.line
      return readScalar(element, tag: .str, called: "a string", at: "\(path)[\(index)]")
    }
    return elements.contains(nil) ? nil : elements.compactMap { $0 }
  }

  private mutating func readRealms(_ node: Node, at path: String) -> [String]? {
    var elements: [String] = []
    let faultCount = faults.count
    for (index, (realm, _, value)) in entries(of: node, at: path).enumerated() {
      let realmPath = YAMLSource.printableName(realm).map { "\(path).\($0)" } ?? "\(path)[\(index)]"
      guard let roles = readList(value, at: realmPath) else { continue }
      lines["\(path)[\(index)]"] = value.mark?.line
      do throws(InvalidValue) {
        elements.append(try AdminRoles.element(realm: realm, roles: roles))
      } catch {
        report(error.reason, value, at: realmPath)
      }
    }
    return faults.count == faultCount ? elements : nil
  }

  // MARK: Nodes

  private func kind(of node: Node) -> String {
    switch (node, node.tagName) {
    case (.mapping, .map): "a mapping"
    case (.sequence, .seq): "a list"
    case (.scalar, .str): "a string"
    case (.scalar, .int): "a whole number"
    case (.scalar, .float): "a number"
    case (.scalar, .bool): "a truth value"
    case (.scalar, .timestamp): "a date"
    case (.scalar, .null): "nothing"
    default: "a value with a tag of another type"
    }
  }
}

extension Node {
  /// The type that the node's explicit tag or, without one, its text says it has.
  fileprivate var tagName: Tag.Name { Tag.Name(rawValue: tag.rawValue) }
}
