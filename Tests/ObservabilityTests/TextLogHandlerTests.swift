import Logging
import Observability
import Testing

@Suite("Text log lines")
struct TextLogHandlerTests {
  private let collector = LineCollector()

  private func makeLogger(provider: Logger.MetadataProvider? = nil) -> Logger {
    let handler = TextLogHandler(
      level: .debug,
      metadataProvider: provider,
      now: { UnixTime(seconds: 1_795_514_400, nanoseconds: 123_456_789) },
      write: collector.write
    )
    return Logger(label: "test") { _ in handler }
  }

  @Test("A line has time, level, message, the event's name first, and the other attributes by name")
  func line() {
    makeLogger().warning(
      "Access denied",
      metadata: ["username": "alice b", "event_name": "auth.ecpds.check.denied", "count": .stringConvertible(3), "a": "x"]
    )
    #expect(
      collector.lines == [
        "2026-11-24T10:00:00.123Z WARN  Access denied event_name=auth.ecpds.check.denied a=\"x\" count=3 username=\"alice b\"\n"
      ]
    )
  }

  @Test("Nested metadata is readable")
  func nested() {
    makeLogger().error("x", metadata: ["m": .dictionary(["k": "v", "a b": .array(["1", .stringConvertible(2)])])])
    #expect(collector.lines == ["2026-11-24T10:00:00.123Z ERROR x m={\"a b\": [\"1\", 2], k: \"v\"}\n"])
  }

  @Test(
    "No input can end the line, steer the terminal or leave its quotation marks",
    arguments: [
      "\n2026-11-24T10:00:00.123Z ERROR forged", "\r\n", "\u{1B}[2K\u{1B}[1A", "\u{9B}31m", "\u{2028}", "\u{85}", "\u{202E}dlrow",
      "\u{7F}", "\u{0}", "\" admin=\"yes",
    ]
  )
  func forging(input: String) throws {
    makeLogger().info("\(input)")
    makeLogger().info("x", metadata: ["username": "\(input)", "\(input)": "v", "list": .array(["\(input)"])])
    for line in collector.lines {
      #expect(line.hasSuffix("\n"))
      for scalar in line.dropLast().unicodeScalars {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator:
          Issue.record("U+\(String(scalar.value, radix: 16)) in \(line)")
        default: break
        }
      }
    }
    let line = try #require(collector.lines.last)
    // Two for each of the two values, the element and the key: an input that left its quotation marks would add some.
    #expect(line.replacing("\\\"", with: "").filter { $0 == "\"" }.count == 8)
  }

  @Test("Escapes tell a control character from the text that looks like its escape")
  func escapes() {
    makeLogger().info("\u{1B} \\u{1B} é 日", metadata: ["k": "\"\t\\"])
    #expect(collector.lines == ["2026-11-24T10:00:00.123Z INFO  \\u{1B} \\\\u{1B} é 日 k=\"\\\"\\t\\\\\"\n"])
  }

  @Test("Handler metadata and the metadata provider are written, the level is kept")
  func metadata() {
    var logger = makeLogger(provider: Logger.MetadataProvider { ["trace_id": "t1"] })
    logger[metadataKey: "worker"] = "7"
    logger.trace("not written")
    logger.debug("x")
    #expect(collector.lines == ["2026-11-24T10:00:00.123Z DEBUG x trace_id=\"t1\" worker=\"7\"\n"])
  }
}
