import StrictJSON
import Testing

@Suite("JSONWriter")
struct JSONWriterTests {
  @Test("Values of every kind are written compactly and in order")
  func writesEverything() {
    var writer = JSONWriter()
    writer.writeObject { writer in
      writer.writeMember("string", "text")
      writer.writeName("integer")
      writer.write(-42)
      writer.writeName("unsigned")
      writer.write(UInt64.max)
      writer.writeName("double")
      writer.write(0.1)
      writer.writeName("array")
      writer.writeArray { writer in
        writer.write(true)
        writer.write(false)
        writer.writeNull()
        writer.writeArray { _ in }
        writer.writeObject { _ in }
        writer.write("last")
      }
      writer.writeMember("after", "")
    }
    #expect(
      text(writer)
        == #"{"string":"text","integer":-42,"unsigned":18446744073709551615,"double":0.1,"#
        + #""array":[true,false,null,[],{},"last"],"after":""}"#
    )
  }

  @Test("Quotes, backslashes and control characters are escaped, nothing else is")
  func escapes() {
    var writer = JSONWriter()
    writer.write("\"\\/\n\r\t\u{0}\u{8}\u{C}\u{F}\u{10}\u{1B}\u{1F}\u{7F}é€𝄞")
    #expect(text(writer) == #""\"\\/\n\r\t\u0000\b\f\u000f\u0010\u001b\u001f"# + "\u{7F}é€𝄞\"")
  }

  @Test("Member names are escaped like strings")
  func escapesNames() {
    var writer = JSONWriter()
    writer.writeObject { $0.writeMember("a\"b\n", "") }
    #expect(text(writer) == #"{"a\"b\n":""}"#)
  }

  @Test("Every scalar up to U+2FFF survives writing and reading")
  func roundTripsStrings() throws {
    var original = "\u{D7FF}\u{E000}\u{FFFF}\u{10000}\u{10FFFF}"
    original.unicodeScalars.append(contentsOf: (0...0x2FFF).compactMap { Unicode.Scalar($0) })
    var writer = JSONWriter()
    writer.write(original)
    var reader = JSONReader(writer.bytes)
    #expect(try Array(reader.readString().utf8) == Array(original.utf8))
    try reader.finish()
  }

  @Test(
    "A double survives writing and reading",
    arguments: [0, -0.0, 0.1, 1, 1e20, -1.5e-300, .leastNonzeroMagnitude, .greatestFiniteMagnitude, 123456789.125]
  )
  func roundTripsDoubles(_ value: Double) throws {
    var writer = JSONWriter()
    writer.write(value)
    var reader = JSONReader(writer.bytes)
    #expect(try reader.readDouble().bitPattern == value.bitPattern)
    try reader.finish()
  }

  @Test("What JSON cannot express as a number becomes null", arguments: [Double.nan, .infinity, -.infinity])
  func nonFinite(_ value: Double) {
    var writer = JSONWriter()
    writer.write(value)
    #expect(text(writer) == "null")
  }

  @Test("Lines of JSON follow one another without commas")
  func lines() {
    var writer = JSONWriter()
    writer.writeObject { $0.writeMember("a", "1") }
    writer.endLine()
    writer.writeObject { $0.writeMember("a", "2") }
    writer.endLine()
    #expect(text(writer) == "{\"a\":\"1\"}\n{\"a\":\"2\"}\n")
  }

  private func text(_ writer: JSONWriter) -> String {
    String(decoding: writer.bytes, as: UTF8.self)
  }
}
