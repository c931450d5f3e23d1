import Glibc
import Logging
import Observability
import Testing

@Suite("Log writer", .timeLimit(.minutes(1)))
struct LogWriterTests {
  private let timeout = Duration.seconds(30)

  private func makeWriter(_ descriptor: Int32, capacity: Int = 8_192) -> LogWriter {
    LogWriter(descriptor: descriptor, capacity: capacity) { Array("dropped \($0)\n".utf8) }
  }

  @Test("Lines are written whole and in order")
  func order() async throws {
    let pipe = try Pipe()
    async let lines = pipe.readLines()
    let writer = makeWriter(pipe.writeEnd, capacity: 1 << 20)
    for number in 0..<1_000 { writer.write(Array("line \(number)\n".utf8)) }
    #expect(await writer.flush(timeout: timeout))
    close(pipe.writeEnd)
    #expect(try await lines == (0..<1_000).map { "line \($0)" } + [""])
    #expect(writer.droppedLineCount == 0)
  }

  @Test(
    "A stalled reader stalls no one: lines are dropped and counted, and notices stand in their places",
    arguments: [false, true]
  )
  func stall(nonBlocking: Bool) async throws {
    let pipe = try Pipe()
    try pipe.fill(thenNonBlocking: nonBlocking)
    let writer = makeWriter(pipe.writeEnd)
    let total = 5_000
    let padding = String(repeating: "x", count: 90)
    for number in 0..<total { writer.write(Array("\(number) \(padding)\n".utf8)) }
    let droppedCount = writer.droppedLineCount
    #expect(droppedCount > 0)
    #expect(await writer.flush(timeout: .zero) == false)

    async let lines = pipe.readLines()
    #expect(await writer.flush(timeout: timeout))
    writer.write(Array("after\n".utf8))
    #expect(await writer.flush(timeout: timeout))
    close(pipe.writeEnd)

    let written = try await lines.drop { $0 == Pipe.filler }
    #expect(written.suffix(2) == ["after", ""])
    var nextNumber = 0
    for line in written.dropLast(2) {
      let words = line.split(separator: " ")
      if words.first == "dropped" {
        nextNumber += try #require(words.last.flatMap { Int($0) })
      } else {
        #expect(line == "\(nextNumber) \(padding)")
        nextNumber += 1
      }
    }
    #expect(nextNumber == total)
    #expect(written.count < total)
    #expect(writer.droppedLineCount == droppedCount)
  }

  @Test("A line that can never fit is dropped and told of at once")
  func oversize() async throws {
    let pipe = try Pipe()
    let writer = makeWriter(pipe.writeEnd, capacity: 10)
    writer.write(Array("01234567890\n".utf8))
    #expect(await writer.flush(timeout: timeout))
    close(pipe.writeEnd)
    #expect(try await pipe.readLines() == ["dropped 1", ""])
  }

  @Test("Lines that a failing descriptor refuses are counted, and told of when it works again")
  func failure() async throws {
    let broken = try Pipe()
    close(broken.readEnd)
    let writer = makeWriter(broken.writeEnd)
    for number in 0..<3 {
      writer.write(Array("lost \(number)\n".utf8))
      #expect(await writer.flush(timeout: timeout))
    }
    #expect(writer.droppedLineCount == 3)

    let working = try Pipe()
    dup2(working.writeEnd, broken.writeEnd)
    close(working.writeEnd)
    writer.write(Array("back\n".utf8))
    #expect(await writer.flush(timeout: timeout))
    close(broken.writeEnd)
    #expect(try await working.readLines() == ["back", "dropped 3", ""])
    #expect(writer.droppedLineCount == 3)
  }

  @Test("What follows a line that a failure cut short begins on a line of its own")
  func cutShort() async throws {
    let broken = try Pipe()
    let writer = makeWriter(broken.writeEnd, capacity: 1 << 20)
    writer.write(Array((String(repeating: "x", count: 200_000) + "\n").utf8))
    // More than the pipe holds, so the write is under way but cannot end.
    try await broken.readByte()
    close(broken.readEnd)
    #expect(await writer.flush(timeout: timeout))
    #expect(writer.droppedLineCount == 1)

    let working = try Pipe()
    dup2(working.writeEnd, broken.writeEnd)
    close(working.writeEnd)
    writer.write(Array("back\n".utf8))
    #expect(await writer.flush(timeout: timeout))
    close(broken.writeEnd)
    #expect(try await working.readLines() == ["", "back", "dropped 1", ""])
  }

  @Test("Both formats go through the writer, and the notice is a line of their own format", arguments: LogFormat.allCases)
  func output(format: LogFormat) async throws {
    let pipe = try Pipe()
    let output = LogOutput(
      level: .info,
      format: format,
      service: LogService(version: "1", instanceID: "i"),
      descriptor: pipe.writeEnd,
      capacity: 300,
      now: { UnixTime(seconds: 0) }
    )
    let logger = output.makeLogger(label: "test")
    logger.debug("below the level")
    logger.info("kept")
    #expect(await output.writer.flush(timeout: timeout))
    logger.info("\(String(repeating: "long", count: 100))")
    #expect(await output.writer.flush(timeout: timeout))
    close(pipe.writeEnd)

    let head = #"{"timestamp":"1970-01-01T00:00:00.000000Z","severityText":"#
    let resource =
      #""resource":{"service.name":"aviso-ecpds-worker","service.version":"1","service.instance.id":"i"},"attributes":"#
    let notice = "Log lines were dropped: the reader of the log did not keep up"
    let expected =
      switch format {
      case .json:
        [
          head + #""INFO","severityNumber":9,"body":"kept","# + resource + "{}}",
          head + #""WARN","severityNumber":13,"body":"\#(notice)","# + resource
            + #"{"dropped_line_count":1,"event_name":"worker.log.dropped"}}"#,
        ]
      case .text:
        [
          "1970-01-01T00:00:00.000Z INFO  kept",
          "1970-01-01T00:00:00.000Z WARN  \(notice) event_name=worker.log.dropped dropped_line_count=1",
        ]
      }
    #expect(try await pipe.readLines() == expected + [""])
  }
}
