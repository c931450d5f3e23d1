public import ArgumentParser
import AuthorizationWorker
import ECPDSSimulatorData
import EventLoop
import Foundation
public import LoadGenerator
import RabbitMQClient
import ServiceConfiguration
import UnixSignals

struct LoadCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "load",
    abstract: "Send many requests through the broker, and account for each.",
    discussion: """
      A closed loop keeps --window requests under way; an open loop (--rate) sends at even intervals, and its latencies count from when \
      each request was due. With --verify every answer is compared with the simulators' data. The first interrupt sends nothing more and \
      waits shortly for what is under way; a second ends the command.
      Exit status: 0 only if every request was answered exactly once and, with --verify, rightly.
      """
  )

  @OptionGroup var configurationOption: ConfigurationOption
  @OptionGroup var paceOptions: LoadPaceOptions
  @OptionGroup var questionOptions: LoadQuestionOptions

  @Option(help: ArgumentHelp("How long to wait for each answer.", valueName: "seconds"))
  var timeout = 30.0

  @Option(
    help: """
      How answers come back: by Direct Reply-to, to a queue of the run's own, or to a durable one, which outlives lost connections: what \
      the broker has not confirmed is then sent again, and --timeout counts from its confirm.
      """
  )
  var replyMode = LoadReplyMode.direct

  @Option(
    help: ArgumentHelp(
      "How long a request may wait in the queue; --timeout by default, for ever in a durable run.",
      valueName: "seconds"
    )
  )
  var expiration: Double?

  @Option(help: ArgumentHelp("A broker to use in place of amqp.url. May be repeated: they are tried in turn.", valueName: "url"))
  var broker: [String] = []

  @Flag(help: "Print the report as JSON.")
  var json = false

  @Flag(help: "No line of progress on a terminal.")
  var quiet = false

  func validate() throws {
    guard (0.001...86_400).contains(timeout) else { throw ValidationError("--timeout must be from 0.001 to 86400 seconds.") }
    guard expiration.map({ (0.001...86_400).contains($0) }) ?? true else {
      throw ValidationError("--expiration must be from 0.001 to 86400 seconds.")
    }
  }

  func run() async throws {
    let configuration = try configurationOption.load()
    let plan = LoadPlan(
      pace: paceOptions.pace,
      extent: paceOptions.extent,
      questions: try questionOptions.questions(matchKey: configuration.ecpds.matchKey),
      replyMode: replyMode,
      timeout: .seconds(timeout),
      expiration: expiration.map { .seconds($0) } ?? (replyMode == .durable ? nil : .seconds(timeout)),
      brokers: try brokers(configuration.amqp),
      requestQueue: configuration.amqp.requestQueue
    )
    do {
      let report = try await perform(LoadRun(plan, on: EventLoop(name: "load")))
      print(json ? report.json : report.text)
      if !report.isFaultless { throw ExitCode.failure }
    } catch let error as RabbitMQError {
      StandardError.print("\(error)")
      throw ExitCode.failure
    }
  }

  private func brokers(_ amqp: ServiceConfiguration.AMQP) throws -> [RabbitMQConfiguration] {
    let name = "aviso-ecpds load"
    guard !broker.isEmpty else { return [RabbitMQConfiguration(amqp, name: name)] }
    return try broker.map { url in
      do {
        return RabbitMQConfiguration(try amqp.withBroker(at: url), name: name)
      } catch let fault as ConfigurationFault {
        throw ValidationError("--broker \(fault.reason)")
      }
    }
  }

  private func perform(_ run: LoadRun) async throws -> LoadReport {
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
    let interruption = Task {
      var isInterrupted = false
      for await signal in signals {
        if isInterrupted { Foundation.exit(128 + signal.rawValue) }
        isInterrupted = true
        await run.interrupt()
      }
    }
    let progress = Task { [showsProgress = !json && !quiet && isatty(STDERR_FILENO) == 1] in
      guard showsProgress else { return }
      while !Task.isCancelled {
        try await Task.sleep(for: .seconds(1))
        // Back to the first column, and the rest of what stood there is cleared.
        StandardError.write("\r\(await run.progress())\u{1B}[K")
      }
    }
    defer {
      interruption.cancel()
      progress.cancel()
    }
    let report = try await run.perform()
    progress.cancel()
    if case .success = await progress.result {} else { StandardError.write("\r\u{1B}[K") }
    return report
  }
}

extension LoadReplyMode: ExpressibleByArgument {}
