/// Users that are computed, not stored: user `user-123` always has the same destinations, for a given seed.
///
/// The rule is a pure function, so that a load generator can work out the right answer to every request by itself. With `splitMix64` as
/// below, for user number `i`:
///
/// ```
/// first  = splitMix64(seed ^ splitMix64(i))
/// start  = first mod distinctDestinations
/// stride = 1 + splitMix64(first) mod (distinctDestinations - 1),
///          then the next one (cyclically) that has no common divisor with distinctDestinations
/// the destinations are number 1 + (start + k * stride) mod distinctDestinations, for k in 0 ..< destinationsPerUser
/// ```
///
/// The stride makes them all different. Destination number 7 is called `DEST-0007`.
package struct GeneratedUsers: Sendable, Hashable {
  /// What every generated user's name begins with; the user's number follows.
  package let prefix: String
  /// How many there are; they are numbered from 0.
  package let userCount: Int
  /// How many destinations each has, at most `distinctDestinationCount`.
  package let destinationsPerUser: Int
  /// How many destinations there are in all, at least 1; they are numbered from 1.
  package let distinctDestinationCount: Int
  /// Chooses another assignment of destinations to users.
  package let seed: UInt64

  package init(prefix: String, userCount: Int, destinationsPerUser: Int, distinctDestinationCount: Int, seed: UInt64) {
    self.prefix = prefix
    self.userCount = userCount
    self.destinationsPerUser = destinationsPerUser
    self.distinctDestinationCount = distinctDestinationCount
    self.seed = seed
  }

  /// The number of the user of this name, if there is one: the prefix, then a decimal number without leading zeros.
  package func index(ofUser name: String) -> Int? {
    guard name.utf8.starts(with: prefix.utf8) else { return nil }
    let digits = name.utf8.dropFirst(prefix.utf8.count)
    guard let first = digits.first, digits.count <= 18, first != UInt8(ascii: "0") || digits.count == 1 else { return nil }
    var index = 0
    for digit in digits {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
      index = index * 10 + Int(digit - UInt8(ascii: "0"))
    }
    return index < userCount ? index : nil
  }

  /// The name of a user.
  package func userName(at index: Int) -> String {
    prefix + String(index)
  }

  /// The names of all destinations that a user has.
  package func destinationNames(ofUserAt index: Int) -> [String] {
    destinationNumbers(ofUserAt: index).map(Self.destinationName)
  }

  /// The name of one of the destinations that a user has, by its place in the list.
  package func destinationName(at place: Int, ofUserAt index: Int) -> String {
    Self.destinationName(number: destinationNumbers(ofUserAt: index)[place])
  }

  /// Whether a user has the destination of this name.
  package func hasDestination(named name: String, userAt index: Int) -> Bool {
    guard let number = Self.destinationNumber(named: name) else { return false }
    return destinationNumbers(ofUserAt: index).contains(number)
  }

  private func destinationNumbers(ofUserAt index: Int) -> DestinationNumbers {
    let count = UInt64(distinctDestinationCount)
    let first = Self.splitMix64(seed ^ Self.splitMix64(UInt64(index)))
    return DestinationNumbers(
      start: first % count,
      stride: Self.coprimeStride(near: Self.splitMix64(first), count: count),
      distinctCount: count,
      count: destinationsPerUser
    )
  }

  /// The name of a destination: its number has four digits or more.
  package static func destinationName(number: Int) -> String {
    let digits = String(number)
    return "DEST-" + String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
  }

  /// The number of the destination of this name; nil for a name that no destination has.
  private static func destinationNumber(named name: String) -> Int? {
    guard name.utf8.starts(with: "DEST-".utf8), let number = Int(name.dropFirst(5)) else { return nil }
    return destinationName(number: number) == name ? number : nil
  }

  /// The finalizer of SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014; constants as in Vigna's
  /// `splitmix64.c`): the first output of a generator in state `state`.
  package static func splitMix64(_ state: UInt64) -> UInt64 {
    var mixed = state &+ 0x9E37_79B9_7F4A_7C15
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  private static func coprimeStride(near value: UInt64, count: UInt64) -> UInt64 {
    guard count > 2 else { return 1 }
    var stride = 1 + value % (count - 1)
    while greatestCommonDivisor(stride, count) != 1 {
      stride = 1 + stride % (count - 1)
    }
    return stride
  }

  private static func greatestCommonDivisor(_ left: UInt64, _ right: UInt64) -> UInt64 {
    var (larger, smaller) = (left, right)
    while smaller != 0 {
      (larger, smaller) = (smaller, larger % smaller)
    }
    return larger
  }
}

/// The numbers of one user's destinations, computed as they are asked for.
private struct DestinationNumbers: RandomAccessCollection {
  let start: UInt64
  let stride: UInt64
  let distinctCount: UInt64
  let count: Int

  var startIndex: Int { 0 }
  var endIndex: Int { count }

  subscript(place: Int) -> Int {
    Int((start + UInt64(place) * stride) % distinctCount) + 1
  }
}
