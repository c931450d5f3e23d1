import Foundation
import TestSupport
import Testing

/// The program as operators use it.
@Suite("Commands", .serialized, .timeLimit(.minutes(3)))
struct CommandTests {
  private struct Outcome {
    let status: Int32
    let output: String
    let errors: String
  }

  private func run(_ arguments: [String], environment: [String: String] = [:]) async throws -> Outcome {
    let process = try ChildProcess(Repository.program("aviso-ecpds"), arguments, environment: environment)
    process.closeInput()
    let status = await process.exitStatus()
    return Outcome(status: status, output: process.outputLines.joined(separator: "\n"), errors: process.errorOutput)
  }

  @Test("check answers straight from ECPDS, with the contract's exit statuses and the reply's JSON")
  func check() async throws {
    let stack = try await Stack()
    let configuration = try stack.configuration(["amqp.url": "amqp://127.0.0.1:1"]).path
    func check(_ arguments: String...) async throws -> Outcome {
      try await run(["check", "--config", configuration, "--username"] + arguments)
    }
    let allowed = try await check("alice", "--identifier", "destination=CIP")
    #expect(allowed.status == 0)
    #expect(allowed.output.hasPrefix(#"{"decision":"allow","reason":"destination_in_list""#))
    #expect(allowed.errors.isEmpty)
    #expect(try await check("alice", "--identifier", "destination=BAR").status == 1)
    #expect(try await check("alice", "--identifier", "class=od").status == 1)
    try await stack.simulators[0].fault(#"{"status": 401}"#)
    let unavailable = try await check("alice", "--identifier", "destination=CIP")
    #expect(unavailable.status == 2)
    #expect(unavailable.output.contains(#""fetch_outcome":"http_401""#))
    #expect(unavailable.errors.hasPrefix("server 0 \(stack.simulators[0].url): http_401, status 401"))
  }

  @Test("check --verbose has one line a server")
  func checkVerbose() async throws {
    let stack = try await Stack()
    let configuration = try stack.configuration().path
    let outcome = try await run([
      "check", "--verbose", "--config", configuration, "--username", "alice", "--identifier", "destination=CIP",
    ])
    let lines = outcome.errors.split(separator: "\n")
    #expect(lines.count == 2)
    for (index, line) in lines.enumerated() {
      #expect(line.hasPrefix("server \(index) \(stack.simulators[index].url): success, status 200, "))
      #expect(line.hasSuffix("3 records, 1 skipped inactive, 0 skipped without 'name'"))
    }
  }

  @Test("request goes through the broker, with the contract's exit statuses")
  func request() async throws {
    let stack = try await Stack()
    let worker = try await stack.startWorker()
    func request(_ destination: String, _ more: String...) async throws -> Outcome {
      try await run(
        ["request", "--config", worker.configuration.path, "--username", "alice", "--identifier", "destination=\(destination)"]
          + more
      )
    }
    let allowed = try await request("CIP", "--request-id", "r-9")
    #expect(allowed.status == 0)
    #expect(allowed.output.contains(#""request_id":"r-9""#))
    #expect(try await request("BAR", "--reply-mode", "queue").status == 1)
    #expect(await worker.drain() == 0)
    let timedOut = try await request("CIP", "--timeout", "1")
    #expect(timedOut.status == 2)
    #expect(timedOut.output.hasPrefix(#"{"decision":"unavailable""#))
    #expect(timedOut.errors.contains("no reply within"))
  }

  @Test("request without a broker, or without the queue, is unavailable and says why")
  func requestUnavailable() async throws {
    let stack = try await Stack()
    let question = ["--username", "alice", "--identifier", "destination=CIP"]
    let noBroker = try await run(
      ["request", "--config", stack.configuration(["amqp.url": "amqp://127.0.0.1:1"]).path] + question
    )
    #expect(noBroker.status == 2)
    #expect(noBroker.errors.contains("127.0.0.1:1"))
    let noQueue = try await run(["request", "--config", stack.configuration().path] + question)
    #expect(noQueue.status == 2)
    #expect(noQueue.errors.contains("there is no queue aviso.ecpds.requests"))
  }

  @Test("config validate prints the effective configuration without secrets, or every fault with status 78")
  func validate() async throws {
    let stack = try await Stack()
    let valid = try await run(
      ["config", "validate", "--config", stack.configuration().path],
      environment: ["ECPDS_MATCH_KEY": "target"]
    )
    #expect(valid.status == 0)
    #expect(valid.output.contains(#"match_key: "target""#))
    #expect(!valid.output.contains(Stack.ecpdsPassword))
    let faulty = try await run([
      "config", "validate", "--config", stack.configuration(["amqp.prefetch": "0", "ecpds.nonsense": "1"]).path,
    ])
    #expect(faulty.status == 78)
    #expect(faulty.errors.contains("amqp.prefetch"))
    #expect(faulty.errors.contains("ecpds.nonsense"))
    #expect(faulty.output.isEmpty)
  }

  @Test("a faulty configuration ends every command with status 78", arguments: ["worker", "healthcheck", "load"])
  func faultyConfiguration(command: String) async throws {
    let stack = try await Stack()
    let outcome = try await run([command, "--config", stack.configuration(["ecpds.match_key": "''"]).path])
    #expect(outcome.status == 78)
    #expect(outcome.errors.contains("ecpds.match_key"))
  }

  @Test(
    "a wrong use of the command line is status 64",
    arguments: [
      ["check"], ["nonsense"], ["request", "--config", "x", "--username", "alice", "--identifier", "CIP"],
      ["check", "--config", "x", "--username", "", "--identifier", "a=b"],
      ["check", "--config", "x", "--username", "a", "--identifier", "a=b", "--identifier", "a=c"],
      ["load", "--config", "x", "--count", "0"],
    ]
  )
  func usage(arguments: [String]) async throws {
    #expect(try await run(arguments).status == 64)
  }

  @Test("healthcheck tells a worker that is ready from one that is not, and from none")
  func healthcheck() async throws {
    let stack = try await Stack()
    let worker = try await stack.startWorker()
    #expect(try await run(["healthcheck", "--config", worker.configuration.path]).status == 0)
    #expect(await worker.drain() == 0)
    #expect(try await run(["healthcheck", "--config", worker.configuration.path]).status == 1)
    let waiting = try Worker(stack, stack.configuration(["amqp.url": "amqp://guest:guest@127.0.0.1:1"]))
    try await waiting.waitForEvent("amqp.connection.failed")
    try await waiting.waitForEvent("worker.http.listening")
    let outcome = try await run(["healthcheck", "--config", waiting.configuration.path])
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("no broker"))
    #expect(await waiting.drain() == 0)
  }

  @Test("every command has help, and the program its version and completions")
  func help() async throws {
    for command in [["worker"], ["check"], ["request"], ["load"], ["config"], ["config", "validate"], ["healthcheck"]] {
      let outcome = try await run(command + ["--help"])
      #expect(outcome.status == 0)
      #expect(outcome.output.contains("USAGE: aviso-ecpds \(command.joined(separator: " "))"))
    }
    #expect(try await run(["--version"]).output.split(separator: ".").count == 3)
    #expect(try await run(["--generate-completion-script", "bash"]).output.contains("complete"))
  }

  @Test("a second worker on the same HTTP port says so and ends")
  func portInUse() async throws {
    let stack = try await Stack()
    let worker = try await stack.startWorker()
    let outcome = try await run(["worker", "--config", worker.configuration.path])
    #expect(outcome.status == 1)
    #expect(outcome.errors.contains("in use"))
    #expect(await worker.drain() == 0)
  }
}
