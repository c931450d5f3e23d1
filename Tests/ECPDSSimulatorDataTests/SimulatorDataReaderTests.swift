import ECPDSSimulatorData
import FoundationEssentials
import StrictJSON
import Testing

@Suite("Data file")
struct SimulatorDataReaderTests {
  private static let account = #""service_account":{"username":"service","password":"pass"}"#

  private func read(_ text: String) throws(SimulatorDataError) -> SimulatorData {
    try SimulatorDataReader.read(Array(text.utf8))
  }

  @Test("destinations are names or records, with a type of 32 and active unless they say otherwise")
  func readsUsers() throws {
    let data = try read(
      #"{\#(Self.account),"users":{"alice":["CIP",{"name":"FOO","type":16},{"active":false,"name":"BAR"}],"bob":[]}}"#
    )
    #expect(
      data.destinations(ofUser: "alice") == [
        DestinationRecord(name: "CIP", type: 32, isActive: true),
        DestinationRecord(name: "FOO", type: 16, isActive: true),
        DestinationRecord(name: "BAR", type: 32, isActive: false),
      ]
    )
    #expect(data.users["bob"] == [])
    #expect(data.serviceAccount.matches(authorization: "Basic c2VydmljZTpwYXNz"))
  }

  @Test("generated users are read with all their parameters, or with seed 0 and the prefix user-")
  func readsGeneratedUsers() throws {
    let whole = try read(
      #"{\#(Self.account),"generated":{"users":5,"destinations_per_user":2,"distinct_destinations":9,"seed":3,"prefix":"u"}}"#
    )
    #expect(
      whole.generatedUsers
        == GeneratedUsers(prefix: "u", userCount: 5, destinationsPerUser: 2, distinctDestinationCount: 9, seed: 3)
    )
    let short = try read(#"{\#(Self.account),"generated":{"users":5,"destinations_per_user":2,"distinct_destinations":9}}"#)
    #expect(
      short.generatedUsers
        == GeneratedUsers(prefix: "user-", userCount: 5, destinationsPerUser: 2, distinctDestinationCount: 9, seed: 0)
    )
  }

  @Test("a user of the file hides the generated one of the same name")
  func fileUsersComeFirst() throws {
    let data = try read(
      #"{\#(Self.account),"users":{"user-1":["X"]},"generated":{"users":5,"destinations_per_user":2,"distinct_destinations":9}}"#
    )
    #expect(data.destinations(ofUser: "user-1") == [DestinationRecord(name: "X")])
    #expect(data.destinations(ofUser: "user-2").count == 2)
  }

  @Test("all faults are reported at once, each with its key")
  func reportsAllFaults() {
    let text = """
      {"service_account":{"username":"a:b"},"users":{"":[],"x":["y",{"name":"","extra":1},{"type":1}]},"unknown":{"a":[]},
       "generated":{"users":-1,"destinations_per_user":3,"distinct_destinations":2,"prefix":"\(String(repeating: "p", count: 101))"}}
      """
    let error = #expect(throws: SimulatorDataError.self) { try read(text) }
    #expect(error?.code == .invalid)
    #expect(
      error?.faults == [
        "service_account.username: must not be empty nor contain a colon",
        "service_account.password: is missing",
        "users.: a user's name has 1 to 1024 bytes",
        "users.x[1].name: must not be empty",
        "users.x[1].extra: unknown key",
        "users.x[2].name: is missing",
        "unknown: unknown key",
        "generated.users: must be between 0 and 1000000000",
        "generated.prefix: has at most 100 bytes",
        "generated: destinations_per_user must not exceed distinct_destinations",
      ]
    )
  }

  @Test(
    "a wrong type, a repeated key and a text that is not JSON are reported with the key",
    arguments: [
      (#"{"users":{"x":[{"name":3}]}}"#, "users.x[0].name: expected string, found number"),
      (#"{"users":{"x":[{"active":"yes"}]}}"#, "users.x[0].active: expected bool, found string"),
      (#"{"users":{"x":{}}}"#, "users.x: expected array, found object"),
      (#"{"users":{"x":[],"x":[]}}"#, "users: an object has two members of the same name"),
      (#"{"users":{},}"#, "expected a member name"),
      (#"[]"#, "expected object, found array"),
      ("", "the text ends too early"),
    ]
  )
  func reportsMalformedText(text: String, fault: String) {
    let error = #expect(throws: SimulatorDataError.self) { try read(text) }
    #expect(error?.code == .malformed)
    #expect(error?.message.hasPrefix(fault) == true)
  }

  @Test("the example file is valid: alice has CIP and FOO, and an inactive BAR")
  func exampleFile() throws {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let contents = try Data(contentsOf: root.appending(path: "Config/local/ecpds-simulator.json"))
    let data = try SimulatorDataReader.read(Array(contents))
    #expect(data.destinations(ofUser: "alice").map(\.name) == ["CIP", "FOO", "BAR"])
    #expect(data.destinations(ofUser: "alice").map(\.isActive) == [true, true, false])
    #expect(data.destinations(ofUser: "user-123").count == 20)
  }
}
