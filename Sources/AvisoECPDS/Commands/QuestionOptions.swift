import ArgumentParser
import Authorization
import StrictJSON

/// What `check` and `request` ask.
struct QuestionOptions: ParsableArguments {
  @Option(help: ArgumentHelp("The user whose access is in question.", valueName: "name"))
  var username: String

  @Option(
    help: ArgumentHelp("One part of the request's identifier, such as destination=CIP. May be repeated.", valueName: "key=value")
  )
  var identifier: [String]

  @Option(help: ArgumentHelp("The realm that gave the user its roles, for the admin bypass.", valueName: "name"))
  var realm: String?

  @Option(help: ArgumentHelp("A role of the user's. May be repeated.", valueName: "name"))
  var role: [String] = []

  @Option(help: ArgumentHelp("Your own name for the request: it is logged and comes back in the reply.", valueName: "id"))
  var requestId: String?

  func validate() throws {
    do {
      try request().validate()
    } catch let error as AuthorizationRequestError {
      throw ValidationError(error.message)
    }
  }

  func request() throws -> AuthorizationRequest {
    var parts: [ExactString: ExactString] = [:]
    for text in identifier {
      guard let separator = text.firstIndex(of: "="), separator != text.startIndex else {
        throw ValidationError("'\(text)' is not of the form key=value.")
      }
      let key = ExactString(String(text[..<separator]))
      guard parts.updateValue(ExactString(String(text[text.index(after: separator)...])), forKey: key) == nil else {
        throw ValidationError("--identifier has '\(key)' twice.")
      }
    }
    return AuthorizationRequest(
      username: ExactString(username),
      identifier: parts,
      realm: realm.map { ExactString($0) },
      roles: role.isEmpty ? nil : role.map { ExactString($0) },
      requestID: requestId
    )
  }
}
