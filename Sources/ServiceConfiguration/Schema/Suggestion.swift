/// What somebody may have meant by a name that is not known.
enum Suggestion {
  /// The nearest of the candidates, if it is near: at most two edits, and no more than half of the name.
  static func nearest(to name: String, among candidates: some Sequence<String>) -> String? {
    let limit = min(2, name.count / 2)
    let distances = candidates.map { (candidate: $0, distance: editDistance(from: name, to: $0)) }
    return distances.filter { $0.distance <= limit }.min { $0.distance < $1.distance }?.candidate
  }

  /// The number of insertions, deletions and substitutions between two words (Levenshtein).
  static func editDistance(from source: String, to target: String) -> Int {
    let target = Array(target)
    var previous = Array(0...target.count)
    for (row, character) in source.enumerated() {
      var current = [row + 1]
      for column in target.indices {
        let substitution = previous[column] + (character == target[column] ? 0 : 1)
        current.append(min(substitution, previous[column + 1] + 1, current[column] + 1))
      }
      previous = current
    }
    return previous[target.count]
  }
}
