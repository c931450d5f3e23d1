import ArgumentParser
import Authorization
import Foundation

/// How `check` and `request` show a reply: text for people on a terminal, the reply's JSON otherwise.
struct ReplyOutput: ParsableArguments {
  @Flag(help: "Print the reply's JSON on a terminal too.")
  var json = false

  /// Prints the reply and ends the command with its status.
  func finish(_ reply: AuthorizationReply) throws -> Never {
    if json || isatty(STDOUT_FILENO) == 0 {
      print(String(decoding: reply.encoded(), as: UTF8.self))
    } else {
      print(text(reply))
    }
    throw reply.decision.exitCode
  }

  private func text(_ reply: AuthorizationReply) -> String {
    var facts = [reply.reason?.rawValue, "cache \(reply.cacheOutcome.rawValue)"].compactMap(\.self)
    if let fetchOutcome = reply.fetchOutcome { facts.append("fetch \(fetchOutcome.rawValue)") }
    // A name from the command line may hold anything; a terminal must not act on it.
    let message = String(
      String.UnicodeScalarView(reply.message.unicodeScalars.filter { $0.properties.generalCategory != .control })
    )
    return "\(reply.decision.rawValue): \(message) (\(facts.joined(separator: ", ")))"
  }
}

extension Decision {
  /// Contract, section 1.
  fileprivate var exitCode: ExitCode {
    switch self {
    case .allow: ExitCode(0)
    case .deny: ExitCode(1)
    case .unavailable: ExitCode(2)
    }
  }
}
