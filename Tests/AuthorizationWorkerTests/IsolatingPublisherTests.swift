import EventLoop
import NIOConcurrencyHelpers
import RabbitMQClient
import Testing

@testable import AuthorizationWorker

/// A broker that fails on some messages, and closes their connection then.
private final class FailingBroker: Sendable {
  struct State {
    var connectionCount = 0
    /// The routing keys published on each connection, in order.
    var published: [[ShortString]] = []
    var refusesConnections = false
  }

  let state = NIOLockedValueBox(State())
  let badNames: Set<ShortString>
  let loop: EventLoop

  init(failingOn badNames: Set<ShortString>, loop: EventLoop) {
    self.badNames = badNames
    self.loop = loop
  }

  func connect() throws(RabbitMQError) -> FailingConnection {
    let number = state.withLockedValue { state -> Int? in
      guard !state.refusesConnections else { return nil }
      state.published.append([])
      defer { state.connectionCount += 1 }
      return state.connectionCount
    }
    guard let number else { throw RabbitMQError(.unreachable, "nobody there") }
    return FailingConnection(self, number)
  }

  var connectionCount: Int { state.withLockedValue(\.connectionCount) }
}

/// One of its connections. What is published waits until `settle`, or until a bad name comes.
private actor FailingConnection: PublishingConnection {
  private let broker: FailingBroker
  private let number: Int
  private var onEvent: (@Sendable (RabbitMQEvent) -> Void)?
  private var isOver = false
  private var waiters: [CheckedContinuation<Result<PublishOutcome, RabbitMQError>, Never>] = []

  nonisolated var unownedExecutor: UnownedSerialExecutor { broker.loop.asUnownedSerialExecutor() }

  init(_ broker: FailingBroker, _ number: Int) {
    self.broker = broker
    self.number = number
  }

  func start(onEvent: @escaping @Sendable (RabbitMQEvent) -> Void) { self.onEvent = onEvent }

  func publish(_ message: OutgoingMessage) async throws(RabbitMQError) -> PublishOutcome {
    guard !isOver else { throw RabbitMQError(.closed, "over") }
    broker.state.withLockedValue { $0.published[number].append(message.routingKey) }
    if broker.badNames.contains(message.routingKey) {
      fail(RabbitMQError(.brokerFailed, "INTERNAL_ERROR"))
      throw RabbitMQError(.brokerFailed, "INTERNAL_ERROR")
    }
    // Only the first connection has several in flight.
    guard number == 0 else { return .confirmed }
    return try await withCheckedContinuation { waiters.append($0) }.get()
  }

  func fail(_ error: RabbitMQError) {
    isOver = true
    for waiter in waiters { waiter.resume(returning: .failure(error)) }
    waiters = []
    onEvent?(.closed(error))
  }

  func tell(_ event: RabbitMQEvent) { onEvent?(event) }

  func close() { isOver = true }

  var silence: Duration { .zero }
}

@Suite("Isolating publisher", .timeLimit(.minutes(1)))
struct IsolatingPublisherTests {
  private let loop: EventLoop
  private let events = NIOLockedValueBox<[String]>([])

  init() throws {
    loop = try EventLoop(name: "test")
  }

  private static let bad: ShortString = "amq.rabbitmq.reply-to.invented"

  private func begin(_ broker: FailingBroker) async throws -> (IsolatingPublisher, FailingConnection) {
    let first = try broker.connect()
    let publisher = IsolatingPublisher(first, loop: loop) { () throws(RabbitMQError) in try broker.connect() }
    await publisher.start { [events] event in
      let name =
        switch event {
        case .closed(let error): "closed: \(error.code.rawValue)"
        case .blocked: "blocked"
        case .unblocked: "unblocked"
        default: "another"
        }
      events.withLockedValue { $0.append(name) }
    }
    return (publisher, first)
  }

  private func publish(_ names: [ShortString], on publisher: IsolatingPublisher) async -> [ShortString: PublishOutcome] {
    await withTaskGroup { group in
      for name in names {
        group.addTask {
          let message = OutgoingMessage(routingKey: name, isMandatory: false, properties: .init(), body: [])
          return (name, try? await publisher.publish(message))
        }
      }
      var outcomes: [ShortString: PublishOutcome] = [:]
      for await (name, outcome) in group { outcomes[name] = outcome }
      return outcomes
    }
  }

  @Test("of many messages in flight, the one that the broker fails on is refused, and every other is confirmed")
  func isolates() async throws {
    let broker = FailingBroker(failingOn: [Self.bad], loop: loop)
    let (publisher, _) = try await begin(broker)
    let names = (0..<20).map { ShortString("reply-\($0)") }
    let waiting = Task { await publish(names, on: publisher) }
    while broker.state.withLockedValue({ $0.published[0].count }) < 20 { await Task.yield() }
    #expect(await publish([Self.bad], on: publisher) == [Self.bad: .nacked])
    #expect(await waiting.value == Dictionary(uniqueKeysWithValues: names.map { ($0, .confirmed) }))
    #expect(events.withLockedValue(\.self).isEmpty)
    // The first, the one that the bad message was tried on alone, and perhaps one more for those behind it.
    #expect((2...3).contains(broker.connectionCount))
  }

  @Test("a broker that fails on a message to an ordinary queue is in trouble itself: the session is over")
  func brokenBroker() async throws {
    let broker = FailingBroker(failingOn: ["replies"], loop: loop)
    let (publisher, _) = try await begin(broker)
    #expect(await publish(["replies"], on: publisher) == [:])
    #expect(events.withLockedValue(\.self) == ["closed: broker_failed"])
    #expect(await publish(["others"], on: publisher) == [:])
    #expect(broker.connectionCount == 2)
  }

  @Test("a connection that was blocked when it failed does not count as blocked any more")
  func unblocks() async throws {
    let broker = FailingBroker(failingOn: [Self.bad], loop: loop)
    let (publisher, first) = try await begin(broker)
    await first.tell(.blocked(reason: "memory"))
    await first.fail(RabbitMQError(.brokerFailed, "INTERNAL_ERROR"))
    #expect(events.withLockedValue(\.self) == ["blocked", "unblocked"])
    #expect(await publish(["replies"], on: publisher) == ["replies": .confirmed])
  }

  @Test("where there is no other connection to be had, the session is over")
  func cannotReopen() async throws {
    let broker = FailingBroker(failingOn: [Self.bad], loop: loop)
    let (publisher, _) = try await begin(broker)
    broker.state.withLockedValue { $0.refusesConnections = true }
    #expect(await publish([Self.bad], on: publisher) == [:])
    #expect(events.withLockedValue(\.self) == ["closed: unreachable"])
  }

  @Test("any other end of the connection is the session's end, and who waits gets an error")
  func otherEnds() async throws {
    let broker = FailingBroker(failingOn: [], loop: loop)
    let (publisher, first) = try await begin(broker)
    let waiting = Task { await publish(["replies"], on: publisher) }
    while broker.state.withLockedValue({ $0.published[0].isEmpty }) { await Task.yield() }
    await first.fail(RabbitMQError(.connectionLost, "reset"))
    #expect(await waiting.value == [:])
    #expect(events.withLockedValue(\.self) == ["closed: connection_lost"])
    #expect(broker.connectionCount == 1)
  }

  @Test("after its end it opens no connection, and tells nothing more")
  func closed() async throws {
    let broker = FailingBroker(failingOn: [Self.bad], loop: loop)
    let (publisher, first) = try await begin(broker)
    await publisher.close()
    await first.fail(RabbitMQError(.brokerFailed, "INTERNAL_ERROR"))
    #expect(await publish(["replies"], on: publisher) == [:])
    #expect(events.withLockedValue(\.self).isEmpty)
    #expect(broker.connectionCount == 1)
  }
}
