public import ArgumentParser
import Authorization
import AuthorizationClient
import AuthorizationWorker
import RabbitMQClient
import ServiceConfiguration

struct RequestCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "request",
    abstract: "Ask the workers for one decision, through the broker.",
    discussion: "Prints the reply. Exit status: 0 allow, 1 deny, 2 unavailable, timed out or no broker."
  )

  @OptionGroup var configurationOption: ConfigurationOption
  @OptionGroup var question: QuestionOptions
  @OptionGroup var output: ReplyOutput

  @Option(help: ArgumentHelp("How long to wait for the reply.", valueName: "seconds"))
  var timeout = 30.0

  @Option(help: "How the reply comes back: by Direct Reply-to, or to a queue of its own.")
  var replyMode = AuthorizationClient.ReplyMode.direct

  func validate() throws {
    guard timeout > 0, timeout <= 3600 else { throw ValidationError("--timeout must be more than 0 and at most 3600 seconds.") }
  }

  func run() async throws {
    let configuration = try configurationOption.load()
    let request = try question.request()
    do {
      let client = try await AuthorizationClient.connect(
        to: RabbitMQConfiguration(configuration.amqp, name: "aviso-ecpds request"),
        requestQueue: configuration.amqp.requestQueue,
        replyMode: replyMode
      )
      let reply = await ask(client, request)
      await client.close()
      try output.finish(reply)
    } catch let error as RabbitMQError {
      StandardError.print("\(error)")
      try output.finish(AuthorizationReply(unavailable: "There is no connection to the broker"))
    }
  }

  private func ask(_ client: AuthorizationClient, _ request: AuthorizationRequest) async -> AuthorizationReply {
    do {
      return try await client.checkAccess(request, timeout: .seconds(timeout))
    } catch {
      StandardError.print("\(error)")
      return AuthorizationReply(unavailable: "No reply came: \(error.message)")
    }
  }
}

extension AuthorizationClient.ReplyMode: ExpressibleByArgument {}
