public import StrictJSON

/// A set of destination names, told apart by their bytes, in two allocations however many they are: a cache holds thousands of sets of
/// up to thousands of names.
public struct DestinationSet: Sendable, Hashable {
  /// The names in their order, one after the other.
  private var bytes: [UInt8] = []
  /// Where in `bytes` each name ends.
  private var ends: [UInt32] = []

  /// Makes a set of the names; repeated ones count once.
  public init(_ names: some Sequence<ExactString>) {
    let sorted = names.sorted()
    ends.reserveCapacity(sorted.count)
    bytes.reserveCapacity(sorted.reduce(0) { $0 + $1.utf8.count })
    var last: ExactString?
    for name in sorted where name != last {
      bytes.append(contentsOf: name.utf8)
      ends.append(UInt32(bytes.count))
      last = name
    }
  }

  /// How many names there are.
  public var count: Int { ends.count }

  /// The names, in the order of their bytes.
  public var names: [ExactString] {
    ends.indices.map { ExactString(String(decoding: bytes[range(at: $0)], as: UTF8.self)) }
  }

  /// Whether the set has this very name.
  public func contains(_ name: ExactString) -> Bool {
    var candidates = ends.indices
    while !candidates.isEmpty {
      let middle = candidates.lowerBound + candidates.count / 2
      let candidate = bytes[range(at: middle)]
      if candidate.lexicographicallyPrecedes(name.utf8) {
        candidates = (middle + 1)..<candidates.upperBound
      } else if candidate.elementsEqual(name.utf8) {
        return true
      } else {
        candidates = candidates.lowerBound..<middle
      }
    }
    return false
  }

  /// All names of all sets.
  public static func union(of sets: [DestinationSet]) -> DestinationSet {
    sets.count == 1 ? sets[0] : DestinationSet(sets.flatMap(\.names))
  }

  private func range(at index: Int) -> Range<Int> {
    (index == 0 ? 0 : Int(ends[index - 1]))..<Int(ends[index])
  }
}
