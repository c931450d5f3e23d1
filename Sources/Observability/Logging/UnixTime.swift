import Glibc

/// A point in time: seconds since 1970-01-01T00:00:00Z, leap seconds not counted, and the nanoseconds within the second.
public struct UnixTime: Sendable, Hashable {
  public var seconds: Int64
  /// 0 ..< 1,000,000,000.
  public var nanoseconds: Int32

  public init(seconds: Int64, nanoseconds: Int32 = 0) {
    self.seconds = seconds
    self.nanoseconds = nanoseconds
  }

  /// The system's clock now.
  public static func now() -> UnixTime {
    var time = timespec()
    // Unsafe for its pointer, to a variable that outlives the call. It cannot fail for this clock.
    _ = unsafe clock_gettime(CLOCK_REALTIME, &time)
    return UnixTime(seconds: Int64(time.tv_sec), nanoseconds: Int32(time.tv_nsec))
  }

  /// The digits of the second's fraction, the rest cut off.
  struct Precision {
    let digits: Int
    /// In nanoseconds.
    let unit: Int32

    static let milliseconds = Precision(digits: 3, unit: 1_000_000)
    static let microseconds = Precision(digits: 6, unit: 1_000)
  }

  /// RFC 3339 in UTC, such as `2026-11-24T10:00:00.123456Z`. Years from 0 to 9999, which is what RFC 3339 has.
  func formatted(_ precision: Precision) -> String {
    let (days, secondOfDay) = Self.floorDivided(seconds, by: 86_400)
    let date = Self.civilDate(daysSinceEpoch: days)
    var text: [UInt8] = []
    text.reserveCapacity(27)
    Self.append(date.year, digits: 4, to: &text)
    text.append(UInt8(ascii: "-"))
    Self.append(date.month, digits: 2, to: &text)
    text.append(UInt8(ascii: "-"))
    Self.append(date.day, digits: 2, to: &text)
    text.append(UInt8(ascii: "T"))
    Self.append(secondOfDay / 3600, digits: 2, to: &text)
    text.append(UInt8(ascii: ":"))
    Self.append(secondOfDay / 60 % 60, digits: 2, to: &text)
    text.append(UInt8(ascii: ":"))
    Self.append(secondOfDay % 60, digits: 2, to: &text)
    text.append(UInt8(ascii: "."))
    Self.append(Int64(nanoseconds / precision.unit), digits: precision.digits, to: &text)
    text.append(UInt8(ascii: "Z"))
    return String(decoding: text, as: UTF8.self)
  }

  /// The date in the proleptic Gregorian calendar.
  ///
  /// Source: Howard Hinnant's `civil_from_days`, https://howardhinnant.github.io/date_algorithms.html#civil_from_days. It counts in
  /// eras of 400 years (146,097 days) that begin on 1 March, so that a leap day is the last day of its year.
  private static func civilDate(daysSinceEpoch: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let (era, dayOfEra) = floorDivided(daysSinceEpoch + 719_468, by: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month: month, day: day)
  }

  /// The quotient rounded down, and a remainder that is never negative.
  private static func floorDivided(_ value: Int64, by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }

  private static func append(_ number: Int64, digits: Int, to text: inout [UInt8]) {
    var divisor: Int64 = 1
    for _ in 1..<digits { divisor *= 10 }
    while divisor > 0 {
      text.append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
      divisor /= 10
    }
  }
}
