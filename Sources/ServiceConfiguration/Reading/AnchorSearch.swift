import Yams

/// Looks for anchors and aliases before a text is taken for what it is.
///
/// Yams puts aliases in their place and then hashes the keys of every mapping: a few lines of aliases to aliases, used as a key, keep it
/// busy for longer than anybody waits. So the text is first read with `!` for every `&` and `*`. Where these are part of a text, that
/// changes the text alone; where they mark an anchor or an alias, it makes them a tag, which stands in the same places and multiplies
/// nothing.
enum AnchorSearch {
  /// Throws if the text has an anchor or an alias.
  static func refuseAnchors(in text: String) throws(ConfigurationFault) {
    guard text.utf8.contains(where: isMark) else { return }
    // Such a line could make a tag of the file's own look like one of YAML's.
    guard !lines(of: text).contains(where: { $0.hasPrefix("%TAG") }) else {
      throw ConfigurationFault(keyPath: "", reason: "%TAG directives are not supported")
    }
    let harmless = String(decoding: text.utf8.map { isMark($0) ? UInt8(ascii: "!") : $0 }, as: UTF8.self)
    let root: Node?
    do throws(ConfigurationFault) {
      root = try YAMLSource.composedRoot(of: harmless)
    } catch {
      // Which may be for the tag's sake: a tag's name ends elsewhere than an anchor's.
      let advice = text.contains(/(^|[\s\[{,:])[&*]\w/) ? " (anchors and aliases are not supported)" : ""
      throw ConfigurationFault(keyPath: error.keyPath, reason: error.reason + advice, line: error.line)
    }
    guard let root, let node = firstWithOwnTag(root) else { return }
    let reason = "anchors, aliases and tags of one's own are not supported"
    throw ConfigurationFault(keyPath: "", reason: reason, line: node.mark?.line)
  }

  private static func isMark(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: "&") || byte == UInt8(ascii: "*")
  }

  /// By every line break that YAML has: Unicode's too.
  private static func lines(of text: String) -> [Substring] {
    text.split(whereSeparator: \.isNewline)
  }

  private static func firstWithOwnTag(_ node: Node) -> Node? {
    if node.tag.rawValue.hasPrefix("!") { return node }
    switch node {
    case .mapping(let mapping):
      for (key, value) in mapping {
        if let found = firstWithOwnTag(key) ?? firstWithOwnTag(value) { return found }
      }
      return nil
    case .sequence(let sequence):
      // Not `lazy.compactMap(…).first`, which looks at what it finds more than once: in nested sequences that doubles at each level.
      for element in sequence {
        if let found = firstWithOwnTag(element) { return found }
      }
      return nil
    case .scalar, .alias: return nil
    }
  }
}
