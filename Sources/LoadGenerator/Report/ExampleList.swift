import Authorization

extension LoadReport {
  /// What can go wrong with a request.
  struct Fault: Hashable {
    /// The same for all faults of a kind.
    let kind: String
    let detail: String

    /// A fate that no request should have.
    init(_ fate: Fate) {
      kind = fate.rawValue
      detail = ""
    }

    /// Nil for an answer that is not wrong.
    init?(_ verdict: Verdict, _ reply: AuthorizationReply, expected: Reason) {
      switch verdict {
      case .right, .unavailable: return nil
      case .wrongAllow: kind = "wrong_allow"
      case .wrongDeny: kind = "wrong_deny"
      case .wrongOther: kind = "wrong_other"
      }
      // The reply's message is for people, and says what was not understood of a reply that was not.
      let actual = reply.reason?.rawValue ?? "an answer that is not understood (\(reply.message))"
      detail = ": expected \(expected.rawValue), found \(actual)" + (reply.reason == expected ? " for another request" : "")
    }

    var description: String { kind + detail }
  }
}

/// The first few requests of each kind of fault.
struct ExampleList {
  private(set) var examples: [LoadReport.Example] = []
  private var counts: [String: Int] = [:]

  /// A report is to be read.
  private static let limit = 5

  mutating func add(_ fault: LoadReport.Fault, requestName: String, _ question: @autoclosure () -> Question) {
    guard counts[fault.kind, default: 0] < Self.limit else { return }
    counts[fault.kind, default: 0] += 1
    let question = question()
    examples.append(
      LoadReport.Example(
        requestName: requestName,
        username: question.username,
        identifier: "\(question.key)=\(question.value)",
        fault: fault.description
      )
    )
  }
}
