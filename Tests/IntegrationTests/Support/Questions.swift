import Authorization
import AuthorizationClient
import StrictJSON
import Testing

/// Questions to workers that something happens to.
struct Questions {
  private let client: AuthorizationClient
  private let answers: [Task<AuthorizationReply, any Error>]

  /// Asks for users whom nobody has asked for, about a destination that they do not have.
  init(_ client: AuthorizationClient, count: Int = 3) {
    self.client = client
    answers = (0..<count).map { number in
      Task {
        try await client.checkAccess(
          AuthorizationRequest(username: .init("user-\(number)"), identifier: ["destination": "CIP"]),
          timeout: .seconds(60)
        )
      }
    }
  }

  /// Each is answered by a list from ECPDS, and once.
  func expectAnswers(sourceLocation: SourceLocation = #_sourceLocation) async throws {
    for answer in answers { #expect(try await answer.value.decision == .deny, sourceLocation: sourceLocation) }
    #expect(await client.unexpectedReplyCount == 0, sourceLocation: sourceLocation)
  }
}
