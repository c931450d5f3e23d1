import Authorization
import EventLoop
import Foundation
import RabbitMQClient

/// Sends requests of every kind and keeps account of each: what the broker has accepted must be answered, or set aside, or both.
actor RequestLedger {
  /// Users of the simulators of these tests. Each has one destination, which no other has.
  static let userCount = 400
  static let simulatorData: String = {
    let users = (0..<userCount).map { #""guest-\#($0)": ["D-\#($0)"]"# }.joined(separator: ", ")
    return #"{"service_account": {"username": "service", "password": "\#(Stack.ecpdsPassword)"}, "users": {\#(users)}}"#
  }()

  private struct Expectation {
    /// Nil where the request is not answered.
    var decision: Decision?
    var isDeadLettered = false
  }

  private static let replyQueue: ShortString = "replies"
  /// Takes no message and says so.
  private static let fullQueue: ShortString = "full"

  private let loop: EventLoop
  private let asker: RabbitMQConnection
  private let deadLetterReader: RabbitMQConnection
  private var expectations: [String: Expectation] = [:]
  private var answered: Set<String> = []
  private var deadLettered: Set<String> = []
  private var waiters: [CheckedContinuation<Void, Never>] = []
  private var nextUser = 0
  /// What was answered otherwise than it must be. `unavailable` is never wrong.
  private(set) var wrongAnswers: [String] = []
  private(set) var unavailableCount = 0

  /// - Parameter stack: its queues must be there.
  init(_ stack: Stack) async throws {
    let full: FieldTable = ["x-max-length": .int32(0), "x-overflow": .string("reject-publish")]
    loop = try EventLoop(name: "ledger")
    asker = try await Self.consumer(
      of: Self.replyQueue,
      [Self.temporary(Self.replyQueue), Self.temporary(Self.fullQueue, full)],
      stack,
      loop
    )
    deadLetterReader = try await Self.consumer(of: "aviso.ecpds.dead-letter", [], stack, loop)
    let (events, continuation) = AsyncStream.makeStream(of: (isReply: Bool, delivery: Delivery).self)
    await asker.start { if case .delivery(let delivery) = $0 { continuation.yield((true, delivery)) } }
    await deadLetterReader.start { if case .delivery(let delivery) = $0 { continuation.yield((false, delivery)) } }
    Task { [weak self] in
      for await (isReply, delivery) in events { await self?.receive(delivery, isReply: isReply) }
    }
  }

  private static func temporary(_ name: ShortString, _ arguments: FieldTable = [:]) -> Declaration {
    .queue(QueueDeclaration(name: name, isDurable: false, isExclusive: true, arguments: arguments))
  }

  private static func consumer(
    of queue: ShortString,
    _ declarations: [Declaration],
    _ stack: Stack,
    _ loop: EventLoop
  ) async throws -> RabbitMQConnection {
    let plan = ChannelPlan(
      declarations: declarations,
      confirmsPublishes: true,
      consumer: .init(queue: queue, prefetchCount: 0, acknowledges: false)
    )
    return try await RabbitMQConnection.open(stack.rabbitMQ, plan: plan, maximumBodyByteCount: 1 << 20, on: loop)
  }

  /// Ends the connections.
  func close() async {
    await asker.close()
    await deadLetterReader.close()
  }

  // MARK: Asking

  /// One request of every kind, some of them of users that nobody has asked for before; waits until all are accounted for.
  func askEverything() async throws {
    try await askForKnownUser()
    try await askForNewUser()
    try await send(#"{"username":"guest-0","identifier":{"class":"od"}}"#, Expectation(decision: .deny))
    try await send("hello", Expectation(decision: .deny, isDeadLettered: true))
    try await send("hello", Expectation(isDeadLettered: true), replyTo: nil)
    // Set aside in pieces.
    try await send(String(repeating: "x", count: 40_000), Expectation(decision: .deny, isDeadLettered: true))
    try await send(question(user: 0, destination: 0), Expectation(isDeadLettered: true), replyTo: Self.fullQueue)
    try await askForNewUser()
    try await askForKnownUser()
    try await settle()
  }

  /// Two questions about a user, one to be allowed and one to be denied.
  func ask(user: Int) async throws {
    try await send(question(user: user, destination: user), Expectation(decision: .allow))
    try await send(question(user: user, destination: user + 1), Expectation(decision: .deny))
  }

  /// The same about a user that no request of this ledger has named before, whom it returns.
  @discardableResult
  func askForNewUser() async throws -> Int {
    nextUser += 1
    guard nextUser < Self.userCount - 1 else { throw NoMoreUsers() }
    try await ask(user: nextUser)
    return nextUser
  }

  struct NoMoreUsers: Error {}

  private func askForKnownUser() async throws { try await ask(user: 0) }

  private func question(user: Int, destination: Int) -> String {
    #"{"username":"guest-\#(user)","identifier":{"destination":"D-\#(destination)"}}"#
  }

  private func send(_ body: String, _ expectation: Expectation, replyTo: ShortString? = replyQueue) async throws {
    let id = "\(expectations.count)"
    expectations[id] = expectation
    let message = OutgoingMessage(
      routingKey: "aviso.ecpds.requests",
      isMandatory: true,
      properties: MessageProperties(contentType: "application/json", correlationID: ShortString(id), replyTo: replyTo),
      body: Array(body.utf8)
    )
    let outcome = try await asker.publish(message)
    guard outcome == .confirmed else { throw NotAccepted(outcome: outcome) }
  }

  struct NotAccepted: Error {
    let outcome: PublishOutcome
  }

  // MARK: Accounts

  /// Waits until every request is accounted for.
  ///
  /// - Throws: which are not, where the test's time limit cancels the wait.
  func settle() async throws {
    await withTaskCancellationHandler {
      while !unsettled.isEmpty, !Task.isCancelled { await withCheckedContinuation { waiters.append($0) } }
    } onCancel: {
      Task { await wakeWaiters() }
    }
    guard unsettled.isEmpty else { throw Lost(requests: unsettled) }
  }

  struct Lost: Error {
    let requests: [String]
  }

  private var unsettled: [String] {
    expectations.filter { id, expectation in
      (expectation.decision != nil && !answered.contains(id)) || (expectation.isDeadLettered && !deadLettered.contains(id))
    }.keys.sorted()
  }

  private func receive(_ delivery: Delivery, isReply: Bool) {
    let id = delivery.properties.correlationID?.description ?? ""
    guard let expectation = expectations[id] else {
      return wrongAnswers.append("\(isReply ? "a reply" : "a dead letter") to no request: '\(id)'")
    }
    if isReply {
      let reply = AuthorizationReply(decoding: delivery.body)
      answered.insert(id)
      if reply.decision == .unavailable {
        unavailableCount += 1
      } else if reply.decision != expectation.decision {
        wrongAnswers.append("\(id): \(reply)")
      }
    } else {
      deadLettered.insert(id)
      if !expectation.isDeadLettered { wrongAnswers.append("\(id) is dead-lettered: \(delivery.properties.headers as Any)") }
    }
    wakeWaiters()
  }

  private func wakeWaiters() {
    let waiters = waiters
    self.waiters = []
    for waiter in waiters { waiter.resume() }
  }
}
