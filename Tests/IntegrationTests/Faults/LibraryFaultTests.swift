import CCurl
import Foundation
import TestSupport
import Testing

/// Every call of the two C libraries that can fail does so once, below the Swift around it, in a real worker: at the start, while it
/// connects again, in traffic, and in the drain. No request is lost, none is answered wrongly, nothing crashes, and the cause is told.
@Suite("Faults of the C libraries", .timeLimit(.minutes(5)))
struct LibraryFaultTests {
  private static let turnstile = Turnstile(width: 3)

  @Test("what a worker cannot do without ends it, with the cause on standard error", arguments: FaultCase.fatalAtStart)
  func fatalAtStart(_ example: FaultCase) async throws {
    try await Self.turnstile.pass {
      let stage = try await FaultStage(example.faults)
      let worker = try stage.startWorker()
      #expect(await worker.process.exitStatus() == 1)
      #expect(stage.control.failureCount == 1)
      #expect(worker.process.errorOutput.hasPrefix("the worker cannot run: "))
      #expect(worker.process.errorOutput.contains(try #require(example.cause)))
    }
  }

  @Test(
    "a connection that cannot be set up is tried again, with the cause in the log",
    arguments: FaultCase.atConnecting + FaultCase.atDeclaring
  )
  func atConnecting(_ example: FaultCase) async throws {
    try await Self.turnstile.pass {
      let stage = try await FaultStage(example.faults)
      let worker = try await stage.startReadyWorker()
      try await expectConnectsAgain(example, stage, worker)
    }
  }

  @Test(
    "so is one with TLS",
    .enabled(if: Certificates.areAvailable, "set by Tests/run"),
    arguments: FaultCase.atConnectingWithTLS
  )
  func atConnectingWithTLS(_ example: FaultCase) async throws {
    try await Self.turnstile.pass {
      let stage = try await FaultStage(example.faults)
      let (port, certificates) = try #require(stage.stack.broker.tls)
      let files = [("ca_file", "ca.pem"), ("certificate_file", "external-worker.pem"), ("key_file", "external-worker.key")]
      let worker = try await stage.startReadyWorker([
        "amqp.url": "amqps://guest:guest@localhost:\(port)/\(stage.stack.virtualHost)",
        "amqp.tls": "{" + files.map { "\($0): \(certificates.path($1))" }.joined(separator: ", ") + "}",
      ])
      try await expectConnectsAgain(example, stage, worker)
    }
  }

  /// With a worker that has answered everything once.
  private func inTraffic(_ body: @escaping @Sendable (FaultStage, Worker, RequestLedger) async throws -> Void) async throws {
    try await Self.turnstile.pass {
      let stage = try await FaultStage()
      let worker = try await stage.startReadyWorker()
      let ledger = try await RequestLedger(stage.stack)
      try await ledger.askEverything()
      try await body(stage, worker, ledger)
    }
  }

  private func expectConnectsAgain(_ example: FaultCase, _ stage: FaultStage, _ worker: Worker) async throws {
    // A connection that is made and cannot be read is lost after the success has been told.
    let complaint = try await worker.waitForComplaint()
    #expect(complaint.contains(try #require(example.cause)))
    #expect(stage.control.failureCount == 1)
    if complaint.contains("amqp.connection.lost") { try await worker.waitForEvent("amqp.connection.established", count: 2) }
    try await stage.expectSound(worker, try await RequestLedger(stage.stack))
  }

  @Test(
    "what fails while it connects again is tried again, and the requests that wait are answered",
    arguments: FaultCase.atReconnecting
  )
  func atReconnecting(_ example: FaultCase) async throws {
    try await inTraffic { stage, worker, ledger in
      try await stage.set(example.faults) { try await ledger.askEverything() }
      try await worker.waitForEvent("amqp.connection.established", count: 2)
      let complaints = worker.events("amqp.connection.failed") + worker.events("amqp.connection.retried")
      #expect(complaints.count == 1)
      #expect(complaints.first?.contains(try #require(example.cause)) == true)
      #expect(await ledger.unavailableCount == 0)
      try await stage.expectSound(worker, ledger)
    }
  }

  @Test("what fails in traffic costs at most the connection, and no request", arguments: FaultCase.inTraffic)
  func inTraffic(_ example: FaultCase) async throws {
    try await inTraffic { stage, worker, ledger in
      try await stage.set(example.faults) { try await ledger.askEverything() }
      if let cause = example.cause {
        #expect(try await worker.waitForEvent("amqp.connection.lost").contains(cause))
        try await worker.waitForEvent("amqp.connection.established", count: 2)
      }
      #expect(await ledger.unavailableCount == 0)
      try await stage.expectSound(worker, ledger)
      #expect(worker.events("amqp.connection.lost").count == (example.cause == nil ? 0 : 1))
    }
  }

  @Test(
    "a reply that waits for the socket is written although the loop cannot be told of it",
    .enabled(if: !FaultControl.isSanitized, "a sanitizer makes the system calls")
  )
  func whileWriting() async throws {
    try await inTraffic { stage, worker, ledger in
      // Nothing is fetched, so the loop is told of nothing else.
      try await stage.set([Fault("poll", Int(EINTR)), Fault("epoll_ctl", Int(ENOMEM))]) {
        for _ in 0..<10 { try await ledger.ask(user: 0) }
        try await ledger.settle()
      }
      try await stage.expectSound(worker, ledger)
      #expect(worker.events("amqp.connection.lost").isEmpty)
    }
  }

  @Test("a fetch that libcurl or the system fails is unavailable, and the next is not")
  func inFetches() async throws {
    try await Self.turnstile.pass {
      let stage = try await FaultStage()
      let worker = try await stage.startReadyWorker()
      let ledger = try await RequestLedger(stage.stack)
      for example in FaultCase.inFetches { try await fetch(example, stage, worker, ledger) }
      // Every option that is set for a request, whichever they are.
      try stage.control.set([])
      try await ledger.askForNewUser()
      try await ledger.settle()
      let options = stage.control.calledFunctions.filter { $0.hasPrefix("curl_easy_setopt(") }
      #expect(options.count > 20)
      for option in options.sorted() {
        let example = FaultCase(Fault(option, CURLE_UNKNOWN_OPTION), cause: "An unknown option was passed in")
        try await fetch(example, stage, worker, ledger)
      }
      try await stage.expectSound(worker, ledger)
      #expect(worker.events("amqp.connection.established").count == 1)
    }
  }

  private func fetch(_ example: FaultCase, _ stage: FaultStage, _ worker: Worker, _ ledger: RequestLedger) async throws {
    let lineCount = worker.process.outputLines.count
    let countBefore = await ledger.unavailableCount
    var users: [Int] = []
    try await stage.set(example.faults) {
      users.append(try await ledger.askForNewUser())
      try await ledger.settle()
    }
    if let cause = example.cause {
      _ = try await worker.process.line(from: lineCount) { $0.contains("auth.ecpds.fetch.failed") && $0.contains(cause) }
      #expect(await ledger.unavailableCount > countBefore, "\(example.testDescription)")
    }
    let countAfter = await ledger.unavailableCount
    for user in users { try await ledger.ask(user: user) }
    try await ledger.settle()
    #expect(await ledger.unavailableCount == countAfter, "\(example.testDescription)")
  }

  @Test(
    "a drain that something fails in ends, and what it has not answered another worker does",
    arguments: FaultCase.beforeDrain
  )
  func beforeDrain(_ example: FaultCase) async throws {
    try await Self.turnstile.pass { try await drain(example, faultsBeforeSignal: true) }
  }

  @Test("so does one that something fails in after its beginning", arguments: FaultCase.inDrain)
  func inDrain(_ example: FaultCase) async throws {
    try await Self.turnstile.pass { try await drain(example, faultsBeforeSignal: false) }
  }

  private func drain(_ example: FaultCase, faultsBeforeSignal: Bool) async throws {
    let stage = try await FaultStage(hasOwnSimulators: true)
    let worker = try await stage.startReadyWorker()
    let ledger = try await RequestLedger(stage.stack)
    try await ledger.askEverything()
    // Requests stay in hand until the servers go on.
    func signalSimulators(_ signal: Int32) {
      for simulator in stage.stack.simulators { simulator.process.signal(signal) }
    }
    signalSimulators(SIGSTOP)
    defer { signalSimulators(SIGCONT) }
    let startedCount = worker.events("auth.ecpds.check.started").count
    try await ledger.askForNewUser()
    try await worker.waitForEvent("auth.ecpds.check.started", count: startedCount + 2)
    if faultsBeforeSignal { try stage.control.set(example.faults) }
    worker.process.signal(SIGTERM)
    try await worker.waitForEvent("worker.draining")
    if !faultsBeforeSignal { try stage.control.set(example.faults) }
    signalSimulators(SIGCONT)
    let status = await worker.process.exitStatus()
    #expect(stage.control.failureCount == 1)
    if let cause = example.cause {
      #expect(worker.events("amqp.connection.lost").first?.contains(cause) == true)
    }
    // Either everything was answered in spite of it, or the exit status and a line say that it was not.
    #expect(status == 0 || status == 1 && example.cause != nil)
    #expect(worker.process.errorOutput.contains("unanswered") == (status == 1))
    let second = try await stage.stack.startWorker()
    try await ledger.settle()
    #expect(await ledger.unavailableCount == 0)
    try await stage.expectSound(second, ledger)
  }
}

extension Worker {
  /// The first line that says why there is no connection.
  fileprivate func waitForComplaint() async throws -> String {
    try await process.line { line in
      ["amqp.connection.failed", "amqp.connection.lost"].contains { line.contains(#""event_name":"\#($0)""#) }
    }
  }
}
