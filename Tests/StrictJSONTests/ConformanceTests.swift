import StrictJSON
import Testing

/// The table of `ConformanceCases` in the style of the public JSONTestSuite, through both ways of reading.
@Suite("JSON conformance")
struct ConformanceTests {
  @Test("A valid text is accepted by reading and by skipping", arguments: ConformanceCases.valid)
  func accepts(_ text: ConformanceCase) throws {
    try skip(text.bytes)
    try read(text.bytes)
  }

  @Test("An invalid text is refused by reading and by skipping", arguments: ConformanceCases.invalid)
  func refuses(_ text: ConformanceCase) {
    #expect(throws: JSONError.self) { try skip(text.bytes) }
    #expect(throws: JSONError.self) { try read(text.bytes) }
  }

  @Test(
    "Every proper prefix of a text is refused",
    arguments: ["{\"a\":[1,true,\"\\u00e9é\"],\"b\":null}", "[-1.5e+3]", "\"\\ud834\\udd1e\""]
  )
  func refusesPrefixes(_ text: String) {
    let bytes = Array(text.utf8)
    for length in 0..<bytes.count {
      #expect(throws: JSONError.self) { try skip(Array(bytes[..<length])) }
      #expect(throws: JSONError.self) { try read(Array(bytes[..<length])) }
    }
  }

  @Test(
    "What the suite leaves to the implementation (i_): a number beyond a double's range is JSON, and refused where its value is asked for",
    arguments: [
      "1e999", "-1e999", "123123e100000", "0.4e00669999999999999999999999999999999999999999999999999999999999999999999999",
    ]
  )
  func hugeNumbers(_ number: String) throws {
    let bytes = Array("[\(number)]".utf8)
    try skip(bytes)
    #expect { try read(bytes) } throws: { ($0 as? JSONError)?.code == .numberOutOfRange }
  }

  private func skip(_ bytes: [UInt8]) throws(JSONError) {
    var reader = JSONReader(bytes)
    try reader.skipValue()
    try reader.finish()
  }

  private func read(_ bytes: [UInt8]) throws(JSONError) {
    var reader = JSONReader(bytes)
    try readValue(&reader)
    try reader.finish()
  }

  private func readValue(_ reader: inout JSONReader) throws(JSONError) {
    switch try reader.peekKind() {
    case .object: try reader.readObject { _, reader throws(JSONError) in try readValue(&reader) }
    case .array: try reader.readArray { reader throws(JSONError) in try readValue(&reader) }
    case .string: _ = try reader.readString()
    case .number: _ = try reader.readDouble()
    case .bool: _ = try reader.readBool()
    case .null: try reader.readNull()
    }
  }
}
