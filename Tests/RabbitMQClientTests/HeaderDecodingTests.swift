import CRabbitMQ
import Testing

@testable import RabbitMQClient

/// What is kept of a message's headers, from the values that librabbitmq makes of them.
@Suite("Header decoding")
struct HeaderDecodingTests {
  private func decode(_ headers: FieldTable, encoded: [UInt8] = []) throws -> DecodedHeaders {
    let arena = Arena()
    var properties = MessageProperties(contentType: "application/json")
    properties.headers = headers
    return try withExtendedLifetime(arena) {
      try #require(DecodedHeaders(of: arena.properties(properties), in: arena.bytes(encoded)))
    }
  }

  private func nested(_ depth: Int, _ wrap: (FieldValue) -> FieldValue) -> FieldTable {
    ["h": (1..<depth).reduce(.boolean(true)) { value, _ in wrap(value) }]
  }

  @Test("a message without headers has none")
  func noHeaders() throws {
    let arena = Arena()
    let properties = try arena.properties(MessageProperties())
    #expect(withExtendedLifetime(arena) { DecodedHeaders(of: properties, in: amqp_empty_bytes) } == nil)
  }

  @Test("headers within the bounds are kept whole, and others are not", arguments: [(0, true), (1, false)])
  func bounds(excess: Int, isKept: Bool) throws {
    let tables: [FieldTable] = [
      ["h": .bytes([UInt8](repeating: 0, count: DecodedHeaders.maximumByteCount - 1 + excess))],
      FieldTable(
        entries: [FieldTable.Entry](repeating: .init(key: "", value: .void), count: DecodedHeaders.maximumValueCount + excess)
      ),
      ["": .array([FieldValue](repeating: .int8(1), count: DecodedHeaders.maximumValueCount - 1 + excess))],
      nested(DecodedHeaders.maximumDepth + excess) { .table(["": $0]) },
      nested(DecodedHeaders.maximumDepth + excess) { .array([$0]) },
    ]
    for table in tables {
      let headers = try decode(table)
      #expect(headers.table == (isKept ? table : [:]))
      #expect((headers.originalByteCount == nil) == isKept)
    }
  }

  @Test("of too many headers the broker's own and the trace's are kept, the first of each name, wherever they stand")
  func keepsEssentialHeaders() throws {
    var table: FieldTable = ["a": .int8(1), "x-delivery-count": .int64(3)]
    for number in 0..<1000 { table.entries.append(.init(key: ShortString("h\(number)"), value: .boolean(true))) }
    table.entries += [
      .init(key: "x-delivery-count", value: .int64(9)),
      .init(key: "x-death", value: .array([.table(["reason": .string("rejected")])])),
      .init(key: "traceparent", value: .string("00-1")),
    ]
    #expect(
      try decode(table).table == [
        "x-delivery-count": .int64(3), "x-death": .array([.table(["reason": .string("rejected")])]),
        "traceparent": .string("00-1"),
      ]
    )
  }

  @Test("an essential header that is itself too large is left out, and the others are not")
  func leavesOutHugeEssentialHeader() throws {
    let huge = FieldValue.string([UInt8](repeating: 0, count: DecodedHeaders.maximumByteCount + 1))
    let headers = try decode(["x-death": huge, "x-delivery-count": .int64(3), "traceparent": .string("00-1")])
    #expect(headers.table == ["x-delivery-count": .int64(3), "traceparent": .string("00-1")])
  }

  @Test(
    "what a worker adds to a copy is kept when the copy comes, however large the headers were that were kept of the original",
    arguments: [1, DecodedHeaders.maximumByteCount / 2, DecodedHeaders.maximumByteCount - 10]
  )
  func copy(byteCount: Int) throws {
    let filler = FieldValue.bytes([UInt8](repeating: 0, count: DecodedHeaders.maximumByteCount))
    var table = try decode(["tracestate": .bytes([UInt8](repeating: 0, count: byteCount)), "h": filler]).table
    let added = FieldValue.string([UInt8](repeating: 0, count: 255))
    for number in 0..<5 { table.entries.append(.init(key: ShortString("added-\(number)"), value: added)) }
    #expect(try decode(table).table == table)
  }

  @Test("the size of what was left out is read from where the headers begin")
  func originalByteCount() throws {
    let encoded: [UInt8] = [0xA0, 0, 16] + Array("application/json".utf8) + [0, 1, 0, 2, 99]
    #expect(try decode(nested(100) { .array([$0]) }, encoded: encoded).originalByteCount == 4 + 0x10002)
    #expect(try decode(nested(100) { .array([$0]) }, encoded: [0xA0, 0]).originalByteCount == 2)
  }
}
