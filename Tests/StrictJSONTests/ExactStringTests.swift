import StrictJSON
import Testing

@Suite("ExactString")
struct ExactStringTests {
  @Test("Canonically equal texts of different bytes are different")
  func distinguishesNormalisationForms() {
    let composed = "\u{E9}"
    let decomposed = "e\u{301}"
    #expect(composed == decomposed)
    #expect(ExactString(composed) != ExactString(decomposed))
    #expect(ExactString("\u{212B}") != ExactString("\u{C5}"))
    #expect(Set([ExactString(composed), ExactString(decomposed)]).count == 2)
  }

  @Test("Equal bytes are equal and hash alike, at every length around the word size", arguments: 0...33)
  func equalBytes(_ length: Int) {
    let text = String(repeating: "x", count: length)
    let built = ExactString(String(decoding: Array(repeating: UInt8(ascii: "x"), count: length), as: UTF8.self))
    #expect(ExactString(text) == built)
    #expect(ExactString(text).hashValue == built.hashValue)
    #expect(ExactString(text + "y") != built)
  }

  @Test("A difference in any single byte is seen by equality and by the hash", arguments: 0..<20)
  func seesEveryByte(_ index: Int) {
    var bytes = Array("abcdefghijklmnopqrst".utf8)
    let original = ExactString(String(decoding: bytes, as: UTF8.self))
    bytes[index] = UInt8(ascii: "Z")
    let changed = ExactString(String(decoding: bytes, as: UTF8.self))
    #expect(original != changed)
    #expect(original.hashValue != changed.hashValue)
  }
}
