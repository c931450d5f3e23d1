import EventLoop
import RabbitMQClient

@testable import AuthorizationWorker

/// A connection that answers publications when the test says so, in any manner.
actor FakePublishingConnection: PublishingConnection {
  private let loop: EventLoop
  private var onEvent: (@Sendable (RabbitMQEvent) -> Void)?
  private var ending: RabbitMQError?
  private var outstanding: [RabbitMQConnection.OutcomeHandler] = []
  private var untold: [RabbitMQConnection.OutcomeHandler] = []
  private var arrivals: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
  /// What was published, by its routing key.
  private(set) var published: [ShortString] = []

  let silence = Duration.zero

  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  init(loop: EventLoop) {
    self.loop = loop
  }

  func start(onEvent: @escaping @Sendable (RabbitMQEvent) -> Void) {
    if let ending { return onEvent(.closed(ending)) }
    self.onEvent = onEvent
  }

  func publish(_ message: OutgoingMessage, onOutcome: @escaping RabbitMQConnection.OutcomeHandler) {
    if let ending { return onOutcome(.failure(ending)) }
    published.append(message.routingKey)
    for arrival in arrivals where published.count >= arrival.count { arrival.continuation.resume() }
    arrivals.removeAll { published.count >= $0.count }
    outstanding.append(onOutcome)
  }

  func close() {
    end(RabbitMQError(.closed, "closed"))
  }

  func waitForPublications(_ count: Int) async {
    guard published.count < count else { return }
    await withCheckedContinuation { arrivals.append((count, $0)) }
  }

  /// Answers what was published and has no answer yet.
  func settle(_ outcome: PublishOutcome = .confirmed) {
    for waiter in takeOutstanding() { waiter(.success(outcome)) }
  }

  func send(_ event: RabbitMQEvent) {
    onEvent?(event)
  }

  /// Ends as a real one does: who waits is told first, then who listens.
  func fail(_ code: RabbitMQError.Code) {
    let onEvent = onEvent
    end(RabbitMQError(code, "as told"))
    ending.map { onEvent?(.closed($0)) }
  }

  /// Ends in the same way, but only the first that waits hears of it for now.
  func failTellingFirst(_ code: RabbitMQError.Code) {
    let untold = outstanding.dropFirst()
    outstanding = Array(outstanding.prefix(1))
    fail(code)
    self.untold = Array(untold)
  }

  /// Tells the others.
  func tellRest() {
    guard let ending else { return }
    for waiter in untold { waiter(.failure(ending)) }
    untold.removeAll()
  }

  var isClosed: Bool { ending?.code == .closed }

  private func end(_ error: RabbitMQError) {
    guard ending == nil else { return }
    ending = error
    onEvent = nil
    for waiter in takeOutstanding() { waiter(.failure(error)) }
  }

  /// Who is told may publish again at once.
  private func takeOutstanding() -> [RabbitMQConnection.OutcomeHandler] {
    defer { outstanding = [] }
    return outstanding
  }
}

/// Makes such connections one after another, and keeps them.
actor FakeConnections {
  private let loop: EventLoop
  private var failure: RabbitMQError?
  private var earlyEnd: RabbitMQError.Code?
  private var made: [FakePublishingConnection] = []
  private var arrivals: [(index: Int, continuation: CheckedContinuation<FakePublishingConnection, Never>)] = []
  private var gate: CheckedContinuation<Void, Never>?
  private var isHeld = false

  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  init(loop: EventLoop) {
    self.loop = loop
  }

  var count: Int { made.count }

  func open() async throws(RabbitMQError) -> any PublishingConnection {
    if isHeld { await withCheckedContinuation { gate = $0 } }
    if let failure { throw failure }
    let connection = FakePublishingConnection(loop: loop)
    if let earlyEnd { await connection.fail(earlyEnd) }
    made.append(connection)
    for arrival in arrivals where arrival.index < made.count { arrival.continuation.resume(returning: made[arrival.index]) }
    arrivals.removeAll { $0.index < made.count }
    return connection
  }

  /// The connection of that number, from 0, as soon as it is made.
  func connection(_ index: Int) async -> FakePublishingConnection {
    if index < made.count { return made[index] }
    return await withCheckedContinuation { arrivals.append((index, $0)) }
  }

  /// From now on none can be made.
  func fail(_ code: RabbitMQError.Code) {
    failure = RabbitMQError(code, "as told")
  }

  /// From now on each ends before it is started.
  func endEarly(_ code: RabbitMQError.Code) {
    earlyEnd = code
  }

  /// From now on making one lasts until `release()`.
  func hold() {
    isHeld = true
  }

  var isOpening: Bool { gate != nil }

  func release() {
    isHeld = false
    gate?.resume()
    gate = nil
  }
}
