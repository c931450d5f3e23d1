import Testing

@testable import ECPDSSimulator

@Suite("Reading a request")
struct RequestTests {
  @Test(
    "a query parameter is percent-decoded; a plus sign is a space",
    arguments: [
      ("/p?id=alice", "alice"), ("/p?id=a%20b+c%2Bd", "a b c+d"), ("/p?x=1&id=zo%C3%AB&y", "zoë"), ("/p?id=%E2%82%ac", "€"),
      ("/p?id=a=b", "a=b"), ("/p?id=", ""), ("/p?id", ""), ("/p?id=a?b", "a?b"),
    ]
  )
  func decodesParameter(uri: String, value: String) throws {
    let target = RequestTarget(uri)
    #expect(target.path == "/p")
    #expect(try target.value(ofParameter: "id") == value)
  }

  @Test("a parameter that is absent has no value", arguments: ["/p", "/p?", "/p?Id=a", "/p?idx=a", "/id=a"])
  func absentParameter(uri: String) throws {
    #expect(try RequestTarget(uri).value(ofParameter: "id") == nil)
  }

  @Test(
    "broken escapes, bytes that are not UTF-8 and a repeated parameter are refused",
    arguments: ["/p?id=%", "/p?id=%4", "/p?id=%4g", "/p?id=%FF", "/p?id=%C3", "/p?id=%ED%A0%80", "/p?id=a&id=a"]
  )
  func refusesParameter(uri: String) {
    #expect(throws: ControlError.self) { try RequestTarget(uri).value(ofParameter: "id") }
  }
}
