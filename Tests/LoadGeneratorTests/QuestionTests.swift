import Authorization
import ECPDSSimulatorData
import StrictJSON
import Testing

@testable import LoadGenerator

@Suite("Questions of a run")
struct QuestionTests {
  private static let data = #"""
    {"service_account": {"username": "s", "password": "p"},
     "users": {"alice": ["CIP", {"name": "BAR", "active": false}], "nobody": []},
     "generated": {"users": 100, "prefix": "user-", "destinations_per_user": 5, "distinct_destinations": 20, "seed": 1}}
    """#

  private func book(_ users: UserPicker, mix: RequestMix, seed: UInt64 = 1) throws -> QuestionBook {
    let data = try SimulatorDataReader.read(Array(Self.data.utf8))
    return try QuestionBook(users: users, destinations: DestinationBook(data), mix: mix, matchKey: "destination", seed: seed)
  }

  private let mix = RequestMix(allowed: 80, denied: 15, missingKey: 5)!

  @Test("what must be allowed is in the user's list, what must be denied is not, and the rest names no destination")
  func matchesData() throws {
    let data = try SimulatorDataReader.read(Array(Self.data.utf8))
    let book = try book(UserPicker(prefix: "user-", count: 100, distribution: .uniform), mix: mix)
    var reasons: [Reason: Int] = [:]
    for number in 0..<2000 {
      let question = book.question(number: number)
      let reason = try #require(question.expectedReason)
      #expect(reason == book.expectedReason(number: number))
      reasons[reason, default: 0] += 1
      let names = data.destinations(ofUser: ExactString(question.username)).filter(\.isActive).map(\.name)
      switch reason {
      case .destinationInList: #expect(question.key == "destination" && names.contains(question.value))
      case .destinationNotInList: #expect(question.key == "destination" && !names.contains(question.value))
      default: #expect(question.key != "destination")
      }
    }
    #expect((1500...1700).contains(reasons[.destinationInList] ?? 0))
    #expect((200...400).contains(reasons[.destinationNotInList] ?? 0))
    #expect((50...150).contains(reasons[.matchKeyMissing] ?? 0))
  }

  @Test("a destination that the user has but that is not active must be denied")
  func inactive() throws {
    let book = try book(UserPicker(user: "alice"), mix: RequestMix(allowed: 0, denied: 1, missingKey: 0)!)
    let values = Set((0..<500).map { book.question(number: $0).value })
    #expect(values.contains("BAR") && !values.contains("CIP"))
  }

  @Test("the same seed asks the same questions, another asks others")
  func seeded() throws {
    let users = UserPicker(prefix: "user-", count: 100, distribution: .zipf(exponent: 1))
    let questions = (0..<50).map { try? book(users, mix: mix).question(number: $0) }
    #expect(questions == (0..<50).map { try? book(users, mix: mix).question(number: $0) })
    #expect(questions != (0..<50).map { try? book(users, mix: mix, seed: 2).question(number: $0) })
  }

  @Test("a user without destinations, of whom something must be allowed, is an error at once")
  func withoutDestinations() {
    #expect(throws: UserWithoutDestinations.self) { try book(UserPicker(user: "nobody"), mix: mix) }
    #expect(throws: UserWithoutDestinations.self) { try book(UserPicker(user: "unknown"), mix: mix) }
  }

  @Test("the body is what the calling side's own encoder makes")
  func body() {
    let question = Question(username: "al\"ice", key: "destination", value: "CIP", expectedReason: nil)
    let request = AuthorizationRequest(username: "al\"ice", identifier: ["destination": "CIP"], requestID: "r")
    #expect(question.encoded(requestID: "r") == request.encoded())
  }

  @Test("by Zipf's law the first user comes up most, in the proportion of the law")
  func zipf() {
    let distribution = ZipfDistribution(count: 1000, exponent: 1)
    var counts = [Int](repeating: 0, count: 1001)
    let draws = 100_000
    for number in 0..<draws {
      var generator = SeededGenerator(seed: 7, requestNumber: number)
      counts[distribution.rank(using: &generator)] += 1
    }
    let harmonic = (1...1000).reduce(0) { $0 + 1 / Double($1) }
    for rank in [1, 2, 5, 10] {
      let expected = Double(draws) / Double(rank) / harmonic
      #expect(abs(Double(counts[rank]) - expected) < 5 * expected.squareRoot(), "rank \(rank)")
    }
    #expect(counts[0] == 0)
  }

  @Test("a mix is read from its weights, and nothing else is one")
  func mixes() {
    #expect(RequestMix("allowed=80,denied=15,missing-key=5") == mix)
    #expect(RequestMix("denied=1") == RequestMix(allowed: 0, denied: 1, missingKey: 0))
    for text in [
      "", "allowed", "allowed=", "allowed=-1", "allowed=0", "allowed=1,allowed=2", "other=1", "allowed=1,", "allowed=9999999",
    ] {
      #expect(RequestMix(text) == nil, "\(text)")
    }
  }
}

@Suite("Verdict")
struct VerdictTests {
  private func verdict(_ reason: Reason, expected: Reason, requestID: String? = "r") -> Verdict {
    Verdict(of: AuthorizationReply(reason: reason, message: "", requestID: requestID), expected: expected, requestID: "r")
  }

  @Test("an allow that must be a denial is the worst, whatever else is wrong with it")
  func wrongAllow() {
    #expect(verdict(.destinationInList, expected: .destinationNotInList) == .wrongAllow)
    #expect(verdict(.adminBypass, expected: .matchKeyMissing, requestID: nil) == .wrongAllow)
  }

  @Test("a denial that must be an allow is wrong, and unavailable is not")
  func others() {
    #expect(verdict(.destinationNotInList, expected: .destinationInList) == .wrongDeny)
    #expect(verdict(.fetchFailed, expected: .destinationInList) == .unavailable)
    #expect(verdict(.destinationInList, expected: .destinationInList) == .right)
  }

  @Test("another reason, another request's answer, and what is no answer are wrong too")
  func wrongOther() {
    #expect(verdict(.matchKeyMissing, expected: .destinationNotInList) == .wrongOther)
    #expect(verdict(.adminBypass, expected: .destinationInList) == .wrongOther)
    #expect(verdict(.destinationInList, expected: .destinationInList, requestID: "s") == .wrongOther)
    let noReply = AuthorizationReply(decoding: Array("x".utf8))
    #expect(Verdict(of: noReply, expected: .destinationInList, requestID: "r") == .wrongOther)
  }
}
