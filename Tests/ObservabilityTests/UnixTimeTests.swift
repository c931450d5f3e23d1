import Testing

@testable import Observability

@Suite("Timestamps")
struct UnixTimeTests {
  @Test(
    "A time is written in RFC 3339, leap years and times before 1970 included",
    arguments: [
      (0, "1970-01-01T00:00:00.000000Z"),
      (-1, "1969-12-31T23:59:59.000000Z"),
      (951_782_399, "2000-02-28T23:59:59.000000Z"),
      (951_782_400, "2000-02-29T00:00:00.000000Z"),
      (951_868_800, "2000-03-01T00:00:00.000000Z"),
      (1_709_164_800, "2024-02-29T00:00:00.000000Z"),
      (1_735_689_599, "2024-12-31T23:59:59.000000Z"),
      (1_795_514_400, "2026-11-24T10:00:00.000000Z"),
      (4_107_542_399, "2100-02-28T23:59:59.000000Z"),
      (4_107_542_400, "2100-03-01T00:00:00.000000Z"),
      (-2_203_891_200, "1900-03-01T00:00:00.000000Z"),
      (253_402_300_799, "9999-12-31T23:59:59.000000Z"),
    ] as [(Int64, String)]
  )
  func dates(seconds: Int64, expected: String) {
    #expect(UnixTime(seconds: seconds).formatted(.microseconds) == expected)
  }

  @Test("The fraction is cut off, never rounded up into the next second")
  func fraction() {
    let time = UnixTime(seconds: 59, nanoseconds: 999_999_999)
    #expect(time.formatted(.microseconds) == "1970-01-01T00:00:59.999999Z")
    #expect(time.formatted(.milliseconds) == "1970-01-01T00:00:59.999Z")
    #expect(UnixTime(seconds: 0, nanoseconds: 1_234_567).formatted(.microseconds) == "1970-01-01T00:00:00.001234Z")
  }

  @Test("The system's clock is past the day this was written and its fraction within the second")
  func now() {
    let now = UnixTime.now()
    #expect(now.seconds > 1_700_000_000)
    #expect((0..<1_000_000_000).contains(now.nanoseconds))
  }
}
