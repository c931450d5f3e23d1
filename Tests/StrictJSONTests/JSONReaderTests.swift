import StrictJSON
import Testing

@Suite("JSONReader")
struct JSONReaderTests {
  @Test("Escapes decode to the characters they stand for")
  func decodesEscapes() throws {
    var reader = reader(#""a\"\\\/\b\f\n\r\t\u0041\u00e9\u20AC\ud834\uDD1Eé\u0000z""#)
    #expect(try Array(reader.readString().utf8) == Array("a\"\\/\u{8}\u{C}\n\r\tA\u{E9}\u{20AC}\u{1D11E}é\0z".utf8))
    try reader.finish()
  }

  @Test("A string without escapes keeps its bytes, composed or not")
  func keepsBytes() throws {
    var reader = reader("[\"\u{E9}\", \"e\u{301}\"]")
    var strings: [[UInt8]] = []
    try reader.readArray { reader throws(JSONError) in strings.append(Array(try reader.readString().utf8)) }
    #expect(strings == [[0xC3, 0xA9], [0x65, 0xCC, 0x81]])
  }

  @Test("Members and elements are handed out in the order of the text, skipped ones passed over")
  func readsInOrder() throws {
    var reader = reader(#" { "a" : 1, "skipped": {"a": [1, {"a": null}], "a": 2}, "list": [ true , false ], "n": null } "#)
    var seen: [String] = []
    try reader.readObject { name, reader throws(JSONError) in
      switch name {
      case "a": seen.append("a=\(try reader.readInteger())")
      case "list": try reader.readArray { reader throws(JSONError) in seen.append("list=\(try reader.readBool())") }
      case "n": seen.append("n=\(try reader.readNullIfPresent())")
      default: try reader.skipValue()
      }
    }
    try reader.finish()
    #expect(seen == ["a=1", "list=true", "list=false", "n=true"])
  }

  @Test("Asking for null where another value stands consumes nothing")
  func nullIsOptional() throws {
    var reader = reader("7")
    #expect(try !reader.readNullIfPresent())
    #expect(try reader.readInteger() == 7)
  }

  @Test("Asking for one kind and meeting another is a type mismatch at the value")
  func typeMismatch() {
    expect(.typeMismatch, at: 1, in: " 1") { reader throws(JSONError) in _ = try reader.readString() }
    expect(.typeMismatch, at: 0, in: "\"true\"") { reader throws(JSONError) in _ = try reader.readBool() }
    expect(.typeMismatch, at: 0, in: "null") { reader throws(JSONError) in _ = try reader.readInteger() }
    expect(.typeMismatch, at: 0, in: "[]") { reader throws(JSONError) in try reader.readObject { _, _ throws(JSONError) in } }
    expect(.typeMismatch, at: 0, in: "{}") { reader throws(JSONError) in try reader.readArray { _ throws(JSONError) in } }
    expect(.typeMismatch, at: 0, in: "0") { reader throws(JSONError) in try reader.readNull() }
  }

  @Test("Integers are whole and fit, doubles are finite")
  func readsNumbers() throws {
    var integers = reader("[9223372036854775807, -9223372036854775808, -0]")
    var values: [Int] = []
    try integers.readArray { reader throws(JSONError) in values.append(try reader.readInteger()) }
    #expect(values == [.max, .min, 0])
    var double = reader("-12.5e-1")
    #expect(try double.readDouble() == -1.25)
    expect(.numberOutOfRange, at: 0, in: "9223372036854775808") { reader throws(JSONError) in _ = try reader.readInteger() }
    expect(.typeMismatch, at: 0, in: "1.0") { reader throws(JSONError) in _ = try reader.readInteger() }
    expect(.typeMismatch, at: 0, in: "1e2") { reader throws(JSONError) in _ = try reader.readInteger() }
    expect(.numberOutOfRange, at: 0, in: "1e999") { reader throws(JSONError) in _ = try reader.readDouble() }
  }

  @Test("Each fault has its code and offset")
  func faultCodes() {
    expectSkipping("[1,]", .syntax, at: 3)
    expectSkipping("[1", .unexpectedEnd, at: 2)
    expectSkipping("{} x", .trailingContent, at: 3)
    expectSkipping(#"["ab\uD800"]"#, .loneSurrogate, at: 4)
    expectSkipping("[\"ab\u{1}\"]", .syntax, at: 4)
    expect(.invalidUTF8, at: 4, in: Array("[\"é".utf8) + [0xFF] + Array("\"]".utf8)) { reader throws(JSONError) in
      try reader.skipValue()
    }
  }

  @Test("The depth limit counts objects and arrays alike and is the caller's to choose")
  func depthLimit() throws {
    var shallow = JSONReader(Array(#"[{"a":[]}]"#.utf8), maximumDepth: 3)
    try shallow.skipValue()
    var deep = JSONReader(Array(#"[{"a":[]}]"#.utf8), maximumDepth: 2)
    #expect(throws: JSONError.self) { try deep.skipValue() }
    expectSkipping(nested("[", "]", depth: 65), .depthExceeded, at: 64)
  }

  @Test("Values that are closed again do not count against the depth")
  func depthIsReleased() throws {
    var reader = JSONReader(Array("[[],[],[{}],{}]".utf8), maximumDepth: 3)
    try reader.skipValue()
    try reader.finish()
  }

  @Test("A closure that consumes no value is refused, not looped over")
  func closureMustConsume() {
    expect(.syntax, at: 1, in: "[1]") { reader throws(JSONError) in try reader.readArray { _ throws(JSONError) in } }
    expect(.syntax, at: 5, in: #"{"a":1}"#) { reader throws(JSONError) in try reader.readObject { _, _ throws(JSONError) in } }
    expect(.syntax, at: 5, in: #"{"a":}"#) { reader throws(JSONError) in try reader.readObject { _, _ throws(JSONError) in } }
  }
}

@Suite("Duplicate member names")
struct DuplicateKeyTests {
  @Test(
    "A name that an object repeats is refused, however it is written",
    arguments: [
      #"{"a":1,"a":2}"#, #"{"a":1,"\u0061":2}"#, #"{"":1,"b":2,"":3}"#, #"{"x":{"b":1,"c":2,"b":3}}"#,
      #"{"x":[{"b":1}],"c":1,"x":1}"#, #"[{"b":1},{"b":1,"b":1}]"#,
    ]
  )
  func refusesDuplicates(_ text: String) {
    var reader = reader(text)
    #expect { try readEverything(&reader) } throws: { ($0 as? JSONError)?.code == .duplicateKey }
  }

  @Test("Names that are canonically equal but differ in bytes are different names")
  func comparesBytes() throws {
    var reader = reader("{\"\u{E9}\":1,\"e\u{301}\":2,\"K\":1,\"\u{212A}\":2}")
    try readEverything(&reader)
  }

  @Test("A large object is searched by hash: its duplicate is found, first to last", arguments: [15, 16, 17, 18, 5000])
  func largeObjects(_ count: Int) throws {
    let members = (0..<count).map { "\"k\($0)\":{\"k0\":1}" }
    var unique = reader("{\(members.joined(separator: ","))}")
    try readEverything(&unique)
    for repeated in [0, count / 2, count - 1] {
      var duplicate = reader("{\((members + [members[repeated]]).joined(separator: ","))}")
      #expect { try readEverything(&duplicate) } throws: { ($0 as? JSONError)?.code == .duplicateKey }
    }
  }

  @Test("The names of an inner object are forgotten at its end")
  func scopesClose() throws {
    var reader = reader(#"{"a":{"b":1,"c":2},"b":{"a":1},"c":3}"#)
    try readEverything(&reader)
    expect(.duplicateKey, at: 19, in: #"{"a":{"b":1,"c":2},"a":3}"#) { reader throws(JSONError) in
      try readEverything(&reader)
    }
  }
}

func reader(_ text: String) -> JSONReader {
  JSONReader(Array(text.utf8))
}

func readEverything(_ reader: inout JSONReader) throws(JSONError) {
  switch try reader.peekKind() {
  case .object: try reader.readObject { _, reader throws(JSONError) in try readEverything(&reader) }
  case .array: try reader.readArray { reader throws(JSONError) in try readEverything(&reader) }
  default: try reader.skipValue()
  }
}

func expect(
  _ code: JSONError.Code,
  at offset: Int,
  in text: String,
  sourceLocation: SourceLocation = #_sourceLocation,
  _ read: (inout JSONReader) throws(JSONError) -> Void
) {
  expect(code, at: offset, in: Array(text.utf8), sourceLocation: sourceLocation, read)
}

func expect(
  _ code: JSONError.Code,
  at offset: Int,
  in bytes: [UInt8],
  sourceLocation: SourceLocation = #_sourceLocation,
  _ read: (inout JSONReader) throws(JSONError) -> Void
) {
  var reader = JSONReader(bytes)
  do throws(JSONError) {
    try read(&reader)
    try reader.finish()
    Issue.record("accepted", sourceLocation: sourceLocation)
  } catch {
    #expect(error.code == code, sourceLocation: sourceLocation)
    #expect(error.offset == offset, sourceLocation: sourceLocation)
  }
}

func expectSkipping(_ text: String, _ code: JSONError.Code, at offset: Int, sourceLocation: SourceLocation = #_sourceLocation) {
  expect(code, at: offset, in: text, sourceLocation: sourceLocation) { reader throws(JSONError) in try reader.skipValue() }
}
