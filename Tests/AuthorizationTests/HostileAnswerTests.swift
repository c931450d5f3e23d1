import Authorization
import StrictJSON
import Testing

/// Answers that are far larger than any real one, and as bad. A build without optimisation takes seconds for megabytes.
@Suite("DestinationList: hostile answers", .timeLimit(.minutes(1)))
struct HostileAnswerTests {
  private static let byteCount = 256 * 1024

  @Test(
    "A quarter of a megabyte of brackets, quotes or digits is refused",
    arguments: ["[", "{\"a\":", "{\"destinationList\":[", "\"", "\\u0000", "9", " ", "\u{0}"]
  )
  func monotony(_ piece: String) {
    let bytes = Array(piece.utf8)
    let body = Array(repeatElement(bytes, count: Self.byteCount / bytes.count).joined())
    for beginning in ["", "{\"destinationList\":[{\"name\":"] {
      #expect(throws: DestinationListError.self) { try decode(Array(beginning.utf8) + body) }
    }
  }

  @Test("Fifty thousand records in one answer are all read")
  func manyRecords() throws {
    var body = Array("{\"destinationList\":[".utf8)
    for index in 0..<50_000 {
      body += Array("{\"name\":\"D\(index)\",\"active\":true},".utf8)
    }
    body.removeLast()
    body += Array("],\"success\":\"yes\"}".utf8)
    let list = try decode(body)
    #expect(list.recordCount == 50_000)
    #expect(list.destinations.count == 50_000)
    #expect(list.destinations.contains("D49999"))
    #expect(!list.destinations.contains("D50000"))
  }

  @Test("A record or an answer of ten thousand fields is read, and refused where the last repeats the first")
  func manyFields() throws {
    let fields = (0..<10_000).map { "\"f\($0)\":0," }.joined()
    let record = "{\(fields)\"name\":\"CIP\",\"active\":true}"
    #expect(try decode("{\(fields)\"destinationList\":[\(record)],\"success\":\"yes\"}").destinations.names == ["CIP"])
    let repeated = "{\(fields)\"name\":\"CIP\",\"active\":true,\"f0\":0}"
    #expect(throws: DestinationListError.self) { try decode("{\"destinationList\":[\(repeated)],\"success\":\"yes\"}") }
  }

  @Test("Bytes that are not UTF-8 are refused, in what counts and in what does not", arguments: ["name", "other"])
  func invalidUTF8(_ field: String) {
    for invalid: [UInt8] in [[0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xE2, 0x82]] {
      let beginning = Array("{\"destinationList\":[{\"\(field)\":\"".utf8)
      let body = beginning + invalid + Array("\",\"active\":true}],\"success\":\"yes\"}".utf8)
      #expect(throws: DestinationListError.self) { try decode(body) }
    }
  }

  @Test("A body that is still compressed is refused")
  func compressed() {
    let gzip: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0x4B, 4, 0, 0x43, 0xBE, 0xB7, 0xE8, 1, 0, 0, 0]
    #expect(throws: DestinationListError.self) { try decode(gzip) }
  }

  private func decode(_ body: [UInt8]) throws(DestinationListError) -> DestinationList {
    try DestinationList(decoding: body, targetField: "name")
  }

  private func decode(_ body: String) throws(DestinationListError) -> DestinationList {
    try decode(Array(body.utf8))
  }
}
