public import ArgumentParser
import AuthorizationWorker
import EventLoop
import Foundation
import LoadGenerator
import RabbitMQClient
import ServiceConfiguration

struct LoadCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "load",
    abstract: "Send many requests through the broker and account for every one.",
    discussion: """
      Keeps a window of requests under way (closed loop), or with --rate sends so many a second (open loop). Latencies are in the closed \
      loop those of the service, from the send to the first answer; in the open loop they count from the time that each request was due, \
      and so hold every wait that the system causes (no coordinated omission).

      The report goes to standard output, progress to standard error. Ctrl-C ends the sending, waits shortly for what is under way and \
      prints the report; a second one ends at once.

      Every request has one fate, and "requests" of the JSON report is the sum of answered_once, answered_again, returned (no queue), \
      refused (by the broker), timed_out, disconnected, lost (durable mode: confirmed by the broker, and not answered within --timeout \
      of that) and abandoned (at Ctrl-C). What may have been answered into a durable reply queue that was lost is timed_out. With \
      --verify, wrong_allow, wrong_deny and wrong_other count the answers that are not what the data file says; "unavailable" is no \
      wrong answer.

      Exit status: 0 only if every request was answered exactly once, and with --verify correctly; otherwise 1.
      """
  )

  @OptionGroup var configurationOption: ConfigurationOption
  @OptionGroup(title: "Pace") var pace: LoadPaceOptions
  @OptionGroup(title: "Requests") var questions: LoadQuestionOptions

  @Option(
    help: """
      How replies come back: by Direct Reply-to, to a queue of the run's own, or to a durable one. In the durable mode requests are \
      persistent, and the run survives the loss of its broker: it connects again and publishes again what was not confirmed.
      """
  )
  var replyMode = LoadPlan.ReplyMode.direct

  @Option(
    help: ArgumentHelp(
      """
      Use this broker in place of amqp.url; may be repeated, for the nodes of a cluster. Without an account or a virtual host it has \
      those of amqp.url; a password here is seen by whoever lists the processes.
      """,
      valueName: "url"
    )
  )
  var broker: [String] = []

  @Option(help: ArgumentHelp("How long to wait for each answer.", valueName: "seconds"))
  var timeout = 30.0

  @Option(
    help: ArgumentHelp(
      "The requests' expiration: the broker takes what is older out of the queue. (default: --timeout, in the durable mode none)",
      valueName: "seconds"
    )
  )
  var expiration: Double?

  @Option(help: ArgumentHelp("How long to listen for second answers after the last first one.", valueName: "seconds"))
  var linger = 1.0

  @Option(
    help: ArgumentHelp(
      """
      Durable mode: how long to look for a broker that is lost. One that keeps the run from its reply queue for a tenth of it is made to \
      declare the queue anew.
      """,
      valueName: "seconds"
    )
  )
  var reconnectTimeout = 300.0

  @Flag(help: "Print the report as JSON, and no progress.")
  var json = false

  @Flag(help: "Print nothing but the report.")
  var quiet = false

  func validate() throws {
    for (option, value) in [("--timeout", timeout), ("--expiration", expiration), ("--reconnect-timeout", reconnectTimeout)] {
      try ValidationError.check(option, value, atMost: 86_400, unit: "seconds")
    }
    guard linger >= 0, linger <= 86_400 else { throw ValidationError("--linger must be from 0 to 86400 seconds.") }
  }

  func run() async throws {
    let configuration = try configurationOption.load()
    let plan = try makePlan(configuration)
    let brokers = try makeBrokers(configuration.amqp)
    let console = LoadConsole(showsProgress: !json && !quiet && isatty(STDERR_FILENO) != 0, showsNotices: !quiet)
    let report: LoadReport
    do {
      let run = LoadRun(plan, brokers: brokers, on: try EventLoop(name: "load")) { console.notice($0) }
      report = try await console.perform(run)
    } catch {
      StandardError.print("\(error)")
      throw ExitCode.failure
    }
    print(json ? report.json : report.text)
    if !report.isFaultless { throw ExitCode.failure }
  }

  private func makePlan(_ configuration: ServiceConfiguration) throws -> LoadPlan {
    let expiration = expiration ?? (replyMode == .durable ? nil : timeout)
    var plan = LoadPlan(
      requestQueue: configuration.amqp.requestQueue,
      questions: try questions.questions(configuration.ecpds),
      pace: pace.pace,
      extent: pace.extent,
      replyMode: replyMode,
      timeout: .seconds(timeout),
      expiration: expiration.map { .seconds($0) }
    )
    plan.linger = .seconds(linger)
    plan.reconnectLimit = .seconds(reconnectTimeout)
    return plan
  }

  private func makeBrokers(_ amqp: ServiceConfiguration.AMQP) throws -> [RabbitMQConfiguration] {
    let name = "aviso-ecpds load"
    guard !broker.isEmpty else { return [RabbitMQConfiguration(amqp, name: name)] }
    return try broker.enumerated().map { index, url in
      do throws(ConfigurationFault) {
        return RabbitMQConfiguration(try amqp.withBroker(at: url), name: name)
      } catch {
        // Not the URL itself, which may hold a password.
        throw ValidationError("--broker number \(index + 1) \(error.reason).")
      }
    }
  }
}

extension LoadPlan.ReplyMode: ExpressibleByArgument {}
