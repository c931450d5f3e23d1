import ArgumentParser
import AuthorizationClient
import AuthorizationWorker
import Foundation
import RabbitMQClient
import ServiceConfiguration

struct LoadCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "load",
    abstract: "Send many requests through the broker and account for every one.",
    discussion: """
      Keeps a window of requests under way until the count is reached: the next is sent when one is answered.
      Exit status: 0 only if every request was answered exactly once.
      """
  )

  @OptionGroup var configurationOption: ConfigurationOption

  @Option(help: "How many requests to send.")
  var count = 10_000

  @Option(help: "How many of them are under way at a time.")
  var window = 200

  @Option(help: ArgumentHelp("The one user that every request is for.", valueName: "name"))
  var user: String?

  @Option(help: "How many users the requests are for, in turn: PREFIX0, PREFIX1, … unless --user is given.")
  var users = 1000

  @Option(help: ArgumentHelp("What the names of these users begin with.", valueName: "prefix"))
  var userPrefix = "user-"

  @Option(help: ArgumentHelp("The destination that every request names.", valueName: "name"))
  var destination = "CIP"

  @Option(help: ArgumentHelp("How long to wait for each reply.", valueName: "seconds"))
  var timeout = 30.0

  @Option(help: "How replies come back: by Direct Reply-to, or to a queue of its own.")
  var replyMode = AuthorizationClient.ReplyMode.direct

  @Flag(help: "Print the report as JSON.")
  var json = false

  func validate() throws {
    guard count > 0, window > 0, users > 0 else { throw ValidationError("--count, --window and --users must be at least 1.") }
    guard timeout > 0, timeout <= 3600 else { throw ValidationError("--timeout must be more than 0 and at most 3600 seconds.") }
  }

  func run() async throws {
    let configuration = try configurationOption.load()
    let plan = LoadPlan(
      count: count,
      window: window,
      users: user.map { .one($0) } ?? .many(prefix: userPrefix, count: users),
      matchKey: configuration.ecpds.matchKey,
      destination: destination,
      timeout: .seconds(timeout)
    )
    let report: LoadReport
    do {
      let client = try await AuthorizationClient.connect(
        to: RabbitMQConfiguration(configuration.amqp, name: "aviso-ecpds load"),
        requestQueue: configuration.amqp.requestQueue,
        replyMode: replyMode
      )
      report = await LoadRun(plan: plan, client: client).perform()
      await client.close()
    } catch {
      StandardError.print("\(error)")
      throw ExitCode.failure
    }
    print(json ? report.json : report.text)
    if !report.isFaultless { throw ExitCode.failure }
  }
}
