public import StrictJSON

/// A set of destination names, told apart by their bytes: four bytes a name, which is kept once for all sets, as a cache holds up to
/// millions of sets of up to thousands of names.
public struct DestinationSet: Sendable, Hashable {
  private let numbers: HeldNumbers

  /// Makes a set of the names; repeated ones count once.
  public init(_ names: some Sequence<ExactString>) {
    numbers = HeldNumbers(names)
  }

  /// How many names there are.
  public var count: Int { numbers.sorted.count }

  /// The names, in the order of their bytes.
  public var names: [ExactString] { numbers.sorted.map(DestinationNames.name).sorted() }

  /// Whether the set has this very name.
  public func contains(_ name: ExactString) -> Bool {
    DestinationNames.number(of: name).map(numbers.contains) ?? false
  }

  /// All names of all sets.
  public static func union(of sets: [DestinationSet]) -> DestinationSet {
    sets.count == 1 ? sets[0] : DestinationSet(sets.flatMap(\.names))
  }

  public static func == (left: DestinationSet, right: DestinationSet) -> Bool {
    left.numbers.sorted == right.numbers.sorted
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(numbers.sorted)
  }
}

/// The numbers of the names of one set, which hold the names as long as they live.
private final class HeldNumbers: Sendable {
  let sorted: [UInt32]

  init(_ names: some Sequence<ExactString>) {
    let held = names.map(DestinationNames.hold).sorted()
    var distinct: [UInt32] = []
    distinct.reserveCapacity(held.count)
    for number in held {
      if number == distinct.last {
        DestinationNames.release(number)
      } else {
        distinct.append(number)
      }
    }
    // A copy of the exact size: what repeated names had been reserved for is not kept.
    sorted = distinct.count == held.count ? distinct : Array(distinct[...])
  }

  deinit {
    for number in sorted { DestinationNames.release(number) }
  }

  func contains(_ number: UInt32) -> Bool {
    var candidates = sorted.indices
    while !candidates.isEmpty {
      let middle = candidates.lowerBound + candidates.count / 2
      if sorted[middle] == number { return true }
      candidates = sorted[middle] < number ? (middle + 1)..<candidates.upperBound : candidates.lowerBound..<middle
    }
    return false
  }
}
