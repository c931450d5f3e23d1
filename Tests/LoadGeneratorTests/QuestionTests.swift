import Authorization
import ECPDSSimulatorData
import StrictJSON
import Testing

@testable import LoadGenerator

@Suite("Questions")
struct QuestionTests {
  static let data = SimulatorData(
    serviceAccount: BasicCredentials(username: "service", password: "pass"),
    users: [
      "alice": [DestinationRecord(name: "CIP"), DestinationRecord(name: "FOO"), DestinationRecord(name: "BAR", isActive: false)],
      "idle": [DestinationRecord(name: "BAR", isActive: false)],
      "user-3": [DestinationRecord(name: "CIP")],
    ],
    generatedUsers: GeneratedUsers(prefix: "user-", userCount: 50, destinationsPerUser: 3, distinctDestinationCount: 40, seed: 1)
  )

  private static let users = UserPicker(prefix: "user-", count: 50, distribution: .uniform)

  private func book(
    _ users: UserPicker = users,
    mix: String = "allowed=1,denied=1,missing-key=1",
    matchKey: String = "destination",
    seed: UInt64 = 7
  ) throws -> QuestionBook {
    let mix = try #require(RequestMix(mix))
    return try QuestionBook(users: users, destinations: DestinationBook(Self.data), mix: mix, matchKey: matchKey, seed: seed)
  }

  @Test("every expected answer is the one that the data gives", arguments: ["user-", "alice"])
  func expectsWhatIsTrue(user: String) throws {
    let book = try book(user == "alice" ? UserPicker(user: "alice") : Self.users)
    var kinds: Set<Reason> = []
    for number in 0..<3000 {
      let question = book.question(number: number)
      let active = Self.data.destinations(ofUser: ExactString(question.username)).filter(\.isActive).map(\.name)
      let reason: Reason =
        question.key != "destination"
        ? .matchKeyMissing : active.contains(question.value) ? .destinationInList : .destinationNotInList
      #expect(question.expectedReason == reason)
      kinds.insert(reason)
    }
    #expect(kinds == [.destinationInList, .destinationNotInList, .matchKeyMissing])
  }

  @Test("what is denied is what others have, or the user's own that is not active")
  func deniesWhatOthersHave() throws {
    let book = try book(UserPicker(user: "alice"), mix: "denied=1")
    let values = Set((0..<3000).map { book.question(number: $0).value })
    #expect(values.contains("BAR"))
    #expect(values.isSuperset(of: (1...40).map(GeneratedUsers.destinationName)))
    #expect(values.isDisjoint(with: ["CIP", "FOO"]))
  }

  @Test("who may see everything is asked about what nobody has")
  func deniesTheUnknown() throws {
    let data = SimulatorData(
      serviceAccount: BasicCredentials(username: "service", password: "pass"),
      users: ["root": [DestinationRecord(name: "CIP"), DestinationRecord(name: "nobodys-destination")]]
    )
    var generator = SeededGenerator(seed: 1, requestNumber: 0)
    let name = DestinationBook(data).deniedDestination(of: "root", using: &generator)
    #expect(name == "nobodys-destination-")
  }

  @Test("the reason that is found for less is the question's own")
  func expectedReason() throws {
    let book = try book()
    for number in 0..<1000 { #expect(book.expectedReason(number: number) == book.question(number: number).expectedReason) }
  }

  @Test("the same seed makes the same requests, in whatever order, and another makes others")
  func isRepeatable() throws {
    let first = try (0..<200).map { try book().question(number: $0) }
    let again = try (0..<200).reversed().map { try book().question(number: $0) }
    #expect(first == again.reversed())
    let other = try (0..<200).map { try book(seed: 8).question(number: $0) }
    #expect(first != other)
  }

  @Test("a seed's requests never change between versions")
  func isStable() throws {
    let questions = try (0..<4).map { try book().question(number: $0) }
    #expect(
      questions.map { "\($0.username) \($0.key)=\($0.value)" } == [
        "user-22 destination=DEST-0018", "user-27 destination=DEST-0012", "user-27 destination=DEST-0011",
        "user-5 destination=DEST-0024",
      ]
    )
  }

  @Test("each kind of request has its share")
  func shares() throws {
    let book = try book(mix: "allowed=80,denied=15,missing-key=5")
    var counts: [Reason: Int] = [:]
    for number in 0..<20_000 { counts[try #require(book.expectedReason(number: number)), default: 0] += 1 }
    #expect(abs(counts[.destinationInList, default: 0] - 16_000) < 300)
    #expect(abs(counts[.destinationNotInList, default: 0] - 3000) < 300)
    #expect(abs(counts[.matchKeyMissing, default: 0] - 1000) < 300)
  }

  @Test(
    "a request that must be allowed cannot be made for who has no active destination",
    arguments: ["nobody", "idle", "user-50"]
  )
  func refusesUserWithoutDestinations(user: String) {
    #expect(throws: UserWithoutDestinations.self) { try book(UserPicker(user: user)) }
    #expect(throws: Never.self) { try book(UserPicker(user: user), mix: "denied=1") }
  }

  @Test("one of many users without a destination is enough")
  func refusesTooManyUsers() {
    let error = #expect(throws: UserWithoutDestinations.self) {
      try book(UserPicker(prefix: "user-", count: 51, distribution: .uniform))
    }
    #expect(error?.user == "user-50")
  }

  @Test(
    "a request without the match key has another key, whatever the match key is",
    arguments: ["destination", "class", "stream"]
  )
  func missingKey(matchKey: String) throws {
    let question = try book(mix: "missing-key=1", matchKey: matchKey).question(number: 0)
    #expect(question.key != matchKey)
    #expect(question.expectedReason == .matchKeyMissing)
  }

  @Test("without a data file every request names the one destination, and no answer is expected")
  func fixedDestination() {
    let book = QuestionBook(users: Self.users, destination: "CIP", matchKey: "target", seed: 1)
    let question = book.question(number: 5)
    #expect(question.key == "target")
    #expect(question.value == "CIP")
    #expect(question.expectedReason == nil)
    #expect(book.expectedReason(number: 5) == nil)
    #expect(!book.areAnswersKnown)
  }

  @Test("a body is the request that it stands for, whatever has to be escaped")
  func encodes() throws {
    let question = Question(username: #"a "b" \ ü"#, key: "destination", value: "C\tP", expectedReason: nil)
    let request = try AuthorizationRequest(decoding: question.encoded(requestID: "load-1-2"))
    #expect(
      request
        == AuthorizationRequest(username: #"a "b" \ ü"#, identifier: ["destination": "C\tP"], requestID: "load-1-2")
    )
  }
}
