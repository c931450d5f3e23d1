import Foundation
import TestSupport
import Testing

/// The load generator, with real brokers and workers, some of which end on the way.
@Suite("Load", .serialized, .timeLimit(.minutes(4)))
struct LoadTests {
  /// What a report says, as far as the tests look at it.
  struct Report: Decodable {
    let requests, answeredOnce, answeredAgain, returned, refused, timedOut, disconnected, lost, abandoned: Int
    let duplicateAnswers, resent, reconnects, replyQueueLost, wrongAllow, wrongDeny, wrongOther: Int
    let decisions, reasons, cacheOutcomes: [String: Int]
    let latencyMicroseconds: [String: Double]

    var settled: Int { answeredOnce + answeredAgain + returned + refused + timedOut + disconnected + lost + abandoned }
    var wrong: Int { wrongAllow + wrongDeny + wrongOther }
  }

  private func start(_ configuration: URL, _ arguments: [String]) throws -> ChildProcess {
    try ChildProcess(Repository.program("aviso-ecpds"), ["load", "--config", configuration.path] + arguments)
  }

  private func finish(_ load: ChildProcess) async throws -> (status: Int32, Report) {
    let status = await load.exitStatus()
    guard let line = load.outputLines.first else { throw ChildProcess.Ended(load) }
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return (status, try decoder.decode(Report.self, from: Data(line.utf8)))
  }

  /// The data that the stack's simulators have.
  private func data(_ stack: Stack, _ text: String = Simulator.data) throws -> String {
    let file = stack.directory.appending(path: "data-\(UUID().uuidString).json")
    try Data(text.utf8).write(to: file)
    return file.path
  }

  @Test(
    "every request of a verified run is answered once and rightly, in every reply mode",
    arguments: ["direct", "queue", "durable"]
  )
  func faultless(replyMode: String) async throws {
    let stack = try await Stack()
    let worker = try await stack.startWorker(["logging.level": "info"])
    let arguments = [
      "--count", "2000", "--window", "100", "--users", "50", "--distribution", "zipf", "--verify", try data(stack), "--seed", "7",
      "--reply-mode", replyMode, "--json",
    ]
    let (status, report) = try await finish(start(worker.configuration, arguments))
    #expect(status == 0)
    #expect(report.requests == 2000 && report.answeredOnce == 2000 && report.settled == 2000 && report.wrong == 0)
    #expect(report.decisions["allow"] ?? 0 > 1000 && report.reasons["match_key_missing"] ?? 0 > 0)
    #expect(report.latencyMicroseconds["p99.9"] ?? 0 > 0)
    #expect(try await worker.metric("aviso_ecpds_requests_total") == 2000)
    let queues = try await stack.management.messageCounts()
    #expect(!queues.keys.contains { $0.hasPrefix("aviso.ecpds.replies.") })
    #expect(await worker.drain() == 0)
  }

  @Test("answers that are not what the data says are counted, by the worst of it, and fail the run")
  func wrongAnswers() async throws {
    let stack = try await Stack()
    let worker = try await stack.startWorker(["logging.level": "info"])
    // Alice and Bob by a file that knows no better: what alice may see is denied there, and the other way round.
    let other = Simulator.data.replacing(#"["CIP", "FOO", "#, with: #"["NEW", "#)
    let allowed = try await finish(
      start(
        worker.configuration,
        ["--user", "alice", "--count", "10", "--verify", data(stack, other), "--mix", "allowed=1", "--json"]
      )
    )
    #expect(allowed.0 == 1 && allowed.1.wrongDeny == 10 && allowed.1.answeredOnce == 10)
    let text = #"{"service_account": {"username": "s", "password": "p"}, "users": {"alice": ["A"], "bob": ["CIP"]}}"#
    let denied = try await finish(
      start(
        worker.configuration,
        ["--user", "alice", "--count", "10", "--verify", data(stack, text), "--mix", "denied=1", "--json"]
      )
    )
    #expect(denied.0 == 1 && denied.1.wrongAllow == 10)
    #expect(await worker.drain() == 0)
  }

  @Test("requests without a queue are returned, and without a worker time out; either fails the run")
  func unanswered() async throws {
    let stack = try await Stack()
    let configuration = try stack.configuration()
    let noQueue = try await finish(start(configuration, ["--count", "3", "--json"]))
    #expect(noQueue.0 == 1 && noQueue.1.returned == 3 && noQueue.1.settled == 3)
    #expect(await (try await stack.startWorker()).drain() == 0)
    let noWorker = try await finish(start(configuration, ["--count", "3", "--timeout", "0.5", "--json"]))
    #expect(noWorker.0 == 1 && noWorker.1.timedOut == 3 && noWorker.1.settled == 3)
  }

  @Test("an open loop sends at its rate; an interrupt ends the run, which still accounts for what it sent")
  func openLoop() async throws {
    let stack = try await Stack()
    let worker = try await stack.startWorker(["logging.level": "info"])
    let open = try await finish(start(worker.configuration, ["--rate", "200", "--duration", "2", "--users", "10", "--json"]))
    #expect(open.0 == 0 && open.1.requests == 400)
    let endless = try start(worker.configuration, ["--rate", "100", "--duration", "1000", "--users", "10", "--json"])
    while try await worker.metric("aviso_ecpds_requests_total") ?? 0 < 450 { try await Task.sleep(for: .milliseconds(50)) }
    endless.signal(SIGINT)
    let interrupted = try await finish(endless)
    #expect(interrupted.0 == 0 && interrupted.1.requests < 100_000 && interrupted.1.settled == interrupted.1.requests)
    #expect(await worker.drain() == 0)
  }

  @Test("a durable run survives its broker, and nothing that the broker confirmed is lost", arguments: ["stop", "kill"])
  func brokerRestarts(how: String) async throws {
    let broker = try await TestBroker()
    let stack = try await Stack(broker: broker)
    let worker = try await stack.startWorker(["logging.level": "info", "amqp.heartbeat_seconds": "2"])
    let load = try start(
      worker.configuration,
      ["--count", "3000", "--rate", "150", "--users", "50", "--verify", data(stack), "--reply-mode", "durable", "--json"]
    )
    // A RabbitMQ that is killed within some seconds of the making of a queue may not know it any more.
    while try await worker.metric("aviso_ecpds_requests_total") ?? 0 < 1500 { try await Task.sleep(for: .milliseconds(20)) }
    try await broker.command(how, answer: how == "stop" ? "stopped" : "killed")
    try await broker.command("start", answer: "ready")
    let (_, report) = try await finish(load)
    #expect(report.reconnects >= 1)
    #expect(report.answeredOnce + report.answeredAgain == 3000 && report.lost == 0 && report.wrong == 0)
    #expect(await worker.drain() == 0)
    broker.process.closeInput()
    await broker.process.exitStatus()
  }

  @Test("a broker that is gone as soon as the run is connected is noticed, and the next one is taken")
  func brokerVanishesAtOnce() async throws {
    let stack = try await Stack()
    let worker = try await stack.startWorker(["logging.level": "info"])
    let vanishing = try VanishingBroker()
    let brokers = [stack.amqpURL(port: vanishing.port), stack.amqpURL].flatMap { ["--broker", $0] }
    let arguments = ["--count", "100", "--window", "10", "--users", "5", "--timeout", "5", "--reply-mode", "durable", "--json"]
    let (status, report) = try await finish(start(worker.configuration, arguments + brokers))
    #expect(status == 0 && report.answeredOnce == 100)
    #expect(await worker.drain() == 0)
    withExtendedLifetime(vanishing) {}
  }

  @Test("a durable run whose reply queue is deleted declares it anew; what may have been answered is not called lost")
  func replyQueueDeleted() async throws {
    let (worker, load, queue) = try await startDurable(["--timeout", "3"])
    try await worker.stack.management.deleteQueue(queue)
    let (_, report) = try await finish(load)
    #expect(report.replyQueueLost == 1 && report.lost == 0 && report.wrong == 0)
    #expect(report.requests == 2000 && report.settled == 2000 && report.answeredOnce > 1000)
    #expect(await worker.drain() == 0)
  }

  @Test("a durable run whose reply queue the broker knows and cannot serve any more declares it anew, and ends")
  func replyQueueDead() async throws {
    let (worker, load, queue) = try await startDurable(["--timeout", "3", "--reconnect-timeout", "20"])
    let (broker, virtualHost) = (worker.stack.broker, worker.stack.virtualHost)
    try await broker.control([
      "eval",
      """
      {ok, Q} = rabbit_amqqueue:lookup(rabbit_misc:r(<<"\(virtualHost)">>, queue, <<"\(queue)">>)), \
      ra:force_delete_server(quorum_queues, amqqueue:get_pid(Q)).
      """,
    ])
    try await broker.control(["close_all_connections", "--vhost", virtualHost, "a test"])
    let (_, report) = try await finish(load)
    #expect(report.replyQueueLost == 1 && report.reconnects == 1 && report.wrong == 0)
    #expect(report.requests == 2000 && report.settled == 2000 && report.answeredOnce > 500)
    #expect(await worker.drain() == 0)
  }

  /// A worker, and a durable run against it that has its first answers; and the run's reply queue.
  private func startDurable(_ arguments: [String]) async throws -> (Worker, ChildProcess, queue: String) {
    let stack = try await Stack()
    let worker = try await stack.startWorker(["logging.level": "info"])
    let load = try start(
      worker.configuration,
      ["--count", "2000", "--rate", "200", "--users", "50", "--verify", data(stack), "--reply-mode", "durable", "--json"]
        + arguments
    )
    while try await worker.metric("aviso_ecpds_requests_total") ?? 0 < 200 { try await Task.sleep(for: .milliseconds(20)) }
    while true {
      if let queue = try await stack.management.messageCounts().keys.first(where: { $0.hasPrefix("aviso.ecpds.replies.") }) {
        return (worker, load, queue)
      }
      try await Task.sleep(for: .milliseconds(50))
    }
  }

  @Test("what a killed worker had in hand is answered by another, at most twice")
  func workerKilled() async throws {
    let stack = try await Stack()
    let first = try await stack.startWorker(["logging.level": "info"])
    let load = try start(
      first.configuration,
      ["--count", "4000", "--window", "200", "--users", "50", "--verify", data(stack), "--json"]
    )
    while try await first.metric("aviso_ecpds_requests_total") ?? 0 < 500 { try await Task.sleep(for: .milliseconds(10)) }
    first.process.signal(SIGKILL)
    let second = try await stack.startWorker(["logging.level": "info"])
    let (status, report) = try await finish(load)
    #expect(report.answeredOnce + report.answeredAgain == 4000 && report.wrong == 0)
    #expect((status == 0) == (report.answeredAgain == 0))
    #expect(await second.drain() == 0)
  }
}
