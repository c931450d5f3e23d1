import ECPDSSimulatorData

/// The random numbers of one request: a function of the run's seed and the request's number alone, so that a request can be made, and
/// its answer judged, whenever and as often as need be, and a run can be repeated whatever order its requests are sent in.
///
/// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014). The standard library's way from bits to
/// numbers may change between its versions, so that it is not used.
struct SeededGenerator {
  private var state: UInt64

  init(seed: UInt64, requestNumber: Int) {
    state = GeneratedUsers.splitMix64(seed &+ GeneratedUsers.splitMix64(UInt64(requestNumber)))
  }

  /// Sixty-four random bits.
  mutating func next() -> UInt64 {
    defer { state &+= 0x9E37_79B9_7F4A_7C15 }
    return GeneratedUsers.splitMix64(state)
  }

  /// A whole number below `bound`, which must be positive. No number is likelier than another by more than one in 2^64 / `bound`.
  mutating func next(below bound: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }

  /// A number from 0 to 1, not 1 itself, with 53 random bits.
  mutating func nextFraction() -> Double {
    Double(next() >> 11) * 0x1p-53
  }
}
