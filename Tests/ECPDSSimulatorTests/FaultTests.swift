import StrictJSON
import Testing

@testable import ECPDSSimulator

@Suite("Faults")
struct FaultTests {
  private func decode(_ text: String) throws(ControlError) -> FaultAssignment {
    try FaultAssignment(decoding: Array(text.utf8))
  }

  private func assignment(_ user: ExactString?, status: Int) -> FaultAssignment {
    FaultAssignment(user: user, fault: Fault(status: status))
  }

  @Test(
    "a fault is read, and written as it was read",
    arguments: [
      (#"{"user":"alice","latency_ms":200}"#, FaultAssignment(user: "alice", fault: Fault(latency: .milliseconds(200)))),
      (#"{"status":503}"#, FaultAssignment(user: nil, fault: Fault(status: 503))),
      (#"{"status":200,"body":"malformed"}"#, FaultAssignment(user: nil, fault: Fault(status: 200, body: .malformed))),
      (#"{"body":"success_no"}"#, FaultAssignment(user: nil, fault: Fault(body: .successNo))),
      (#"{"body":"not_utf8"}"#, FaultAssignment(user: nil, fault: Fault(body: .notUTF8))),
      (#"{"body":"wrong_type"}"#, FaultAssignment(user: nil, fault: Fault(body: .wrongType))),
      (#"{"body":"oversized"}"#, FaultAssignment(user: nil, fault: Fault(body: .oversized))),
      (#"{"hang":true}"#, FaultAssignment(user: nil, fault: Fault(transfer: .hang))),
      (#"{"latency_ms":1,"reset":true}"#, FaultAssignment(user: nil, fault: Fault(latency: .milliseconds(1), transfer: .reset))),
      (
        #"{"body":"malformed","partial_body":true}"#,
        FaultAssignment(user: nil, fault: Fault(body: .malformed, transfer: .partialBody))
      ),
    ]
  )
  func roundTrip(text: String, expected: FaultAssignment) throws {
    #expect(try decode(text) == expected)
    #expect(expected.description == text)
  }

  @Test("a transfer fault that is false counts as absent")
  func falseIsAbsent() throws {
    #expect(try decode(#"{"hang":false,"reset":true,"partial_body":false}"#).fault == Fault(transfer: .reset))
  }

  @Test(
    "a fault that is malformed, unknown, out of range, empty or contradictory is refused",
    arguments: [
      "", "[]", "{}", #"{"user":"alice"}"#, #"{"hang":false}"#, #"{"status":"503"}"#, #"{"status":199}"#, #"{"status":600}"#,
      #"{"status":204}"#, #"{"status":304}"#, #"{"status":503,"status":503}"#, #"{"body":"huge"}"#, #"{"latency_ms":-1}"#,
      #"{"latency_ms":3600001}"#, #"{"latency_ms":0.5}"#, #"{"user":"","status":503}"#, #"{"user":null,"status":503}"#,
      #"{"hang":true,"reset":true}"#, #"{"hang":true,"status":503}"#, #"{"reset":true,"body":"malformed"}"#,
      #"{"partial_body":true,"body":"oversized"}"#, #"{"status":503,"unknown":1}"#, #"{"status":503} x"#,
    ]
  )
  func refuses(text: String) {
    #expect(throws: ControlError.self) { try decode(text) }
  }

  @Test("a user's own fault hides the one for all, which is for everybody else")
  func ownFaultComesFirst() throws {
    var book = FaultBook()
    try book.set(assignment("alice", status: 503))
    #expect(book.fault(forUser: "bob") == nil)
    try book.set(assignment(nil, status: 500))
    #expect(book.fault(forUser: "alice")?.status == 503)
    #expect(book.fault(forUser: "bob")?.status == 500)
    #expect(book.fault(forUser: nil)?.status == 500)
  }

  @Test("a fault takes the place of the one before")
  func replaces() throws {
    var book = FaultBook(maximumUserCount: 1)
    try book.set(assignment("alice", status: 503))
    try book.set(assignment("alice", status: 500))
    #expect(book.assignments == [assignment("alice", status: 500)])
  }

  @Test("removing a user's fault leaves the others; removing all leaves none")
  func removes() throws {
    var book = FaultBook()
    try book.set(assignment(nil, status: 500))
    try book.set(assignment("alice", status: 503))
    try book.set(assignment("bob", status: 503))
    book.remove(user: "alice")
    #expect(book.assignments == [assignment(nil, status: 500), assignment("bob", status: 503)])
    book.removeAll()
    #expect(book.assignments.isEmpty)
    #expect(book.fault(forUser: "bob") == nil)
  }

  @Test("there are faults for so many users and no more")
  func isBounded() throws {
    var book = FaultBook(maximumUserCount: 2)
    try book.set(assignment("a", status: 503))
    try book.set(assignment("b", status: 503))
    let error = #expect(throws: ControlError.self) { try book.set(assignment("c", status: 503)) }
    #expect(error?.code == .tooManyFaults)
    try book.set(assignment(nil, status: 500))
    book.remove(user: "a")
    try book.set(assignment("c", status: 503))
  }

  @Test("requests are counted by user and in total; the requests of users past the limit in the total alone")
  func counts() {
    var counters = RequestCounters(maximumUserCount: 2)
    for user: ExactString? in ["alice", "bob", "carol", "alice", nil] {
      counters.record(user: user)
    }
    #expect(counters.total == 5)
    #expect(counters["alice"] == 2)
    #expect(counters["bob"] == 1)
    #expect(counters["carol"] == 0)
    counters.reset()
    #expect(String(decoding: counters.encoded(), as: UTF8.self) == #"{"total":0,"users":{}}"#)
    counters.record(user: "dave")
    #expect(String(decoding: counters.encoded(), as: UTF8.self) == #"{"total":1,"users":{"dave":1}}"#)
  }
}
