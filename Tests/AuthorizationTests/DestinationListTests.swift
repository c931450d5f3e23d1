import Authorization
import StrictJSON
import Testing

@Suite("DestinationList")
struct DestinationListTests {
  @Test("The contract's example: active records count, others are skipped")
  func destinations() throws {
    let list = try fixture("destinations")
    #expect(list.destinations.names == ["CIP", "FOO"])
    #expect([list.recordCount, list.skippedInactive, list.skippedWithoutField] == [3, 1, 0])
  }

  @Test("An empty list is a success")
  func empty() throws {
    let list = try fixture("no_destinations")
    #expect(list.destinations.count == 0)
    #expect(list.recordCount == 0)
  }

  @Test("Records without a name, without active, with active as a string and with a number as name do not count")
  func recordWithoutName() throws {
    let list = try fixture("record_without_name")
    #expect(list.destinations.names == ["CIP", "FOO"])
    #expect([list.recordCount, list.skippedInactive, list.skippedWithoutField] == [6, 2, 2])
  }

  @Test("A reported failure and a list that is no array are refused", arguments: ["reported_failure", "not_the_contract"])
  func refusedFixtures(_ name: String) {
    #expect(throws: DestinationListError.self) { try fixture(name) }
  }

  @Test(
    "A record counts only where active is the boolean true",
    arguments: [
      "", #","active":false"#, #","active":"true""#, #","active":1"#, #","active":null"#, #","active":[true]"#,
      #","Active":true"#,
    ]
  )
  func inactive(_ active: String) throws {
    let list = try decode(#"{"destinationList":[{"name":"CIP"\#(active)}],"success":"yes"}"#)
    #expect(!list.destinations.contains("CIP"))
    #expect([list.recordCount, list.skippedInactive, list.skippedWithoutField] == [1, 1, 0])
  }

  @Test("An inactive record without a name is skipped as inactive")
  func activeComesFirst() throws {
    let list = try decode(#"{"destinationList":[{"active":false}],"success":"yes"}"#)
    #expect([list.skippedInactive, list.skippedWithoutField] == [1, 0])
  }

  @Test("The target field is configurable, and only it counts")
  func targetField() throws {
    let body = #"{"destinationList":[{"name":"CIP","id":"c1","active":true},{"name":"FOO","active":true}],"success":"yes"}"#
    let list = try DestinationList(decoding: Array(body.utf8), targetField: "id")
    #expect(list.destinations.names == ["c1"])
    #expect(list.skippedWithoutField == 1)
  }

  @Test("A target field named active finds no string and no destination")
  func targetFieldActive() throws {
    let body = #"{"destinationList":[{"active":true},{"active":"CIP"}],"success":"yes"}"#
    let list = try DestinationList(decoding: Array(body.utf8), targetField: "active")
    #expect(list.destinations.count == 0)
  }

  @Test(
    "Success is exactly the string yes",
    arguments: [#""YES""#, #""Yes""#, #""no""#, #""""#, #""yes ""#, "true", "1", "null", #"["yes"]"#]
  )
  func success(_ value: String) {
    #expect(throws: DestinationListError.self) {
      try decode(#"{"destinationList":[{"name":"CIP","active":true}],"success":\#(value)}"#)
    }
  }

  @Test(
    "An answer that is not the contract's is refused",
    arguments: [
      "", "<html>", "null", "[]", #""yes""#, #"{"success":"yes"}"#, #"{"destinationList":[]}"#,
      #"{"destinationList":null,"success":"yes"}"#, #"{"destinationList":"CIP","success":"yes"}"#,
      #"{"destinationList":["CIP"],"success":"yes"}"#, #"{"destinationList":[null],"success":"yes"}"#,
      #"{"destinationList":[[]],"success":"yes"}"#, #"{"destinationList":[],"success":"yes"} {}"#,
      #"{"destinationList":[],"success":"no","success":"yes"}"#, #"{"destinationList":[],"success":"yes","destinationList":[]}"#,
      #"{"destinationList":[{"name":"A","name":"B","active":true}],"success":"yes"}"#,
      #"{"destinationList":[{"name":"A","active":false,"active":true}],"success":"yes"}"#,
    ]
  )
  func refused(_ body: String) {
    #expect(throws: DestinationListError.self) { try decode(body) }
  }

  @Test("Every truncation of an answer is refused")
  func truncated() throws {
    let body = Array(try #require(fixtures["destinations"]).utf8)
    for length in 0..<body.count {
      #expect(throws: DestinationListError.self) {
        try DestinationList(decoding: Array(body[..<length]), targetField: "name")
      }
    }
  }

  @Test("Names are told apart by their bytes")
  func exactNames() throws {
    let list = try decode("{\"destinationList\":[{\"name\":\"\u{E9}\",\"active\":true}],\"success\":\"yes\"}")
    #expect(list.destinations.contains("\u{E9}"))
    #expect(!list.destinations.contains("e\u{301}"))
  }

  @Test("Fields before and after, and unknown ones, make no difference")
  func order() throws {
    let list = try decode(#"{"error":{"a":1},"success":"yes","destinationList":[{"x":[],"active":true,"name":"CIP"}]}"#)
    #expect(list.destinations.names == ["CIP"])
  }

  private func decode(_ body: String) throws(DestinationListError) -> DestinationList {
    try DestinationList(decoding: Array(body.utf8), targetField: "name")
  }

  private func fixture(_ name: String) throws -> DestinationList {
    try decode(try #require(fixtures[name]))
  }
}

@Suite("DestinationSet")
struct DestinationSetTests {
  @Test("It has what it was given, once, and nothing else", arguments: [0, 1, 2, 3, 7, 100])
  func contains(_ count: Int) {
    let names = (0..<count).map { ExactString("D\($0 * 2)") }
    let set = DestinationSet(names.shuffled() + names)
    #expect(set.count == count)
    #expect(set.names == names.sorted())
    #expect(names.allSatisfy { set.contains($0) })
    #expect(!(0..<count).contains { set.contains(ExactString("D\($0 * 2 + 1)")) })
  }

  @Test("Neighbours, prefixes and concatenations of names are not in it")
  func neighbours() {
    let set = DestinationSet(["AB", "CD", "", "é"])
    for name: ExactString in ["A", "B", "BC", "ABC", "ABCD", "CDE", "D", "ab", "e", "e\u{301}"] {
      #expect(!set.contains(name))
    }
    #expect(set.contains(""))
    #expect(set.contains("é"))
    #expect(!DestinationSet(["A"]).contains(""))
  }

  @Test("A union has the names of all its sets")
  func union() {
    let union = DestinationSet.union(of: [DestinationSet(["B", "A"]), DestinationSet([]), DestinationSet(["C", "B"])])
    #expect(union.names == ["A", "B", "C"])
  }
}
