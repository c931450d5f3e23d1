import Logging
import Observability
import Testing

@Suite("JSON log lines")
struct JSONLogHandlerTests {
  private let collector = LineCollector()

  private func makeLogger(level: Logger.Level = .trace, provider: Logger.MetadataProvider? = nil) -> Logger {
    let handler = JSONLogHandler(
      level: level,
      service: LogService(version: "1.2.3", instanceID: "host-7"),
      metadataProvider: provider,
      now: { UnixTime(seconds: 1_795_514_400, nanoseconds: 123_456_789) },
      write: collector.write
    )
    return Logger(label: "test") { _ in handler }
  }

  /// The line from `attributes` on, which is where the tests differ.
  private func tail() throws -> String {
    let line = try #require(collector.lines.first)
    let start = try #require(line.firstRange(of: "\"attributes\"")).lowerBound
    return String(line[start...])
  }

  @Test("An event is one line with the fields of the OpenTelemetry log data model")
  func line() {
    makeLogger().warning("Access denied", metadata: ["event_name": "auth.ecpds.check.denied", "username": "alice"])
    #expect(
      collector.lines == [
        #"{"timestamp":"2026-11-24T10:00:00.123456Z","severityText":"WARN","severityNumber":13,"body":"Access denied","#
          + #""resource":{"service.name":"aviso-ecpds-worker","service.version":"1.2.3","service.instance.id":"host-7"},"#
          + #""attributes":{"event_name":"auth.ecpds.check.denied","username":"alice"}}"# + "\n"
      ]
    )
  }

  @Test(
    "Each level has its severity",
    arguments: [
      (.trace, "TRACE", 1), (.debug, "DEBUG", 5), (.info, "INFO", 9), (.notice, "INFO", 10), (.warning, "WARN", 13),
      (.error, "ERROR", 17), (.critical, "FATAL", 21),
    ] as [(Logger.Level, String, Int)]
  )
  func severities(level: Logger.Level, text: String, number: Int) throws {
    makeLogger().log(level: level, "x")
    #expect(try #require(collector.lines.first).contains(#""severityText":"\#(text)","severityNumber":\#(number),"#))
  }

  @Test("Nested metadata stays JSON, numbers stay numbers, and keys are sorted")
  func nested() throws {
    let metadata: Logger.Metadata = [
      "z": .array(["a", .stringConvertible(2), .dictionary(["k": .array([])])]),
      "integer": .stringConvertible(-42),
      "large": .stringConvertible(UInt64.max),
      "double": .stringConvertible(0.5),
      "infinite": .stringConvertible(Double.infinity),
      "bool": .stringConvertible(true),
      "duration": .stringConvertible(Duration.seconds(1)),
      "dictionary": .dictionary(["b": "2", "a": "1"]),
    ]
    makeLogger().info("x", metadata: metadata)
    #expect(
      try tail() == #""attributes":{"bool":true,"dictionary":{"a":"1","b":"2"},"double":0.5,"duration":"1.0 seconds","#
        + #""infinite":null,"integer":-42,"large":18446744073709551615,"z":["a",2,{"k":[]}]}}"# + "\n"
    )
  }

  @Test("What comes from outside can neither end the line nor leave its string")
  func escaping() {
    makeLogger().info("a\n{\"severityText\":\"FATAL\"}\r\u{0}\u{1B}[2J", metadata: ["u\"\n": "\",\"x\":\"\\"])
    let line = collector.lines.first ?? ""
    #expect(line.dropLast().allSatisfy { $0.unicodeScalars.allSatisfy { $0.value >= 0x20 } })
    #expect(line.contains(#""body":"a\n{\"severityText\":\"FATAL\"}\r\u0000\u001b[2J""#))
    #expect(line.contains(#""attributes":{"u\"\n":"\",\"x\":\"\\"}"#))
  }

  @Test("Trace and span are lifted out of the attributes")
  func trace() throws {
    makeLogger().info("x", metadata: ["trace_id": "4bf92f35", "span_id": "00f067aa", "other": "1"])
    #expect(try tail() == #""attributes":{"other":"1"},"traceId":"4bf92f35","spanId":"00f067aa"}"# + "\n")
  }

  @Test("The event's metadata counts before the provider's, and that before the handler's")
  func precedence() throws {
    var logger = makeLogger(provider: Logger.MetadataProvider { ["b": "provider", "c": "provider", "trace_id": "t"] })
    logger[metadataKey: "a"] = "handler"
    logger[metadataKey: "b"] = "handler"
    logger.info("x", metadata: ["c": "event"])
    #expect(try tail() == #""attributes":{"a":"handler","b":"provider","c":"event"},"traceId":"t"}"# + "\n")
  }

  @Test("An error given to the call becomes the attribute error")
  func error() throws {
    struct Failure: Error, CustomStringConvertible { let description = "it broke" }
    makeLogger().error("x", error: Failure())
    #expect(try tail() == #""attributes":{"error":"it broke"}}"# + "\n")
  }

  @Test("Events below the level are not written")
  func level() {
    makeLogger(level: .warning).info("x")
    #expect(collector.lines.isEmpty)
  }
}
