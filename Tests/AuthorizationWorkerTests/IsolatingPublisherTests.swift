import EventLoop
import NIOConcurrencyHelpers
import RabbitMQClient
import Testing

@testable import AuthorizationWorker

@Suite("Isolating publisher", .timeLimit(.minutes(1)))
struct IsolatingPublisherTests {
  private static let guilty: ShortString = "amq.rabbitmq.reply-to.invented"

  private let loop: EventLoop
  private let connections: FakeConnections
  private let events = NIOLockedValueBox<[String]>([])

  init() throws {
    loop = try EventLoop(name: "test")
    connections = FakeConnections(loop: loop)
  }

  /// A publisher on the first connection; its events are noted.
  private func start(pausing pause: Duration = .zero) async throws -> IsolatingPublisher {
    let publisher = IsolatingPublisher(
      try await connections.open(),
      loop: loop,
      backoff: ExponentialBackoff(initial: pause, maximum: pause),
      open: { [connections] () async throws(RabbitMQError) in try await connections.open() }
    )
    await publisher.start { [events] event in
      let name =
        switch event {
        case .blocked: "blocked"
        case .unblocked: "unblocked"
        case .closed(let error): "closed \(error.code.rawValue)"
        case .delivery, .unreadable: "unexpected"
        }
      events.withLockedValue { $0.append(name) }
    }
    return publisher
  }

  private typealias Publication = Task<Result<PublishOutcome, RabbitMQError>, Never>

  /// Begins to publish; when this returns the message is with the connection, or waits.
  private func publish(_ routingKeys: [ShortString], on publisher: IsolatingPublisher) async -> [Publication] {
    await publisher.begin(routingKeys)
  }

  private func outcomes(_ publications: [Publication]) async -> [String] {
    var outcomes: [String] = []
    for publication in publications {
      switch await publication.value {
      case .success(let outcome): outcomes.append("\(outcome)")
      case .failure(let error): outcomes.append(error.code.rawValue)
      }
    }
    return outcomes
  }

  @Test("a message that the broker fails on is found, counts as refused, and no other is concerned")
  func isolates() async throws {
    let publisher = try await start()
    let publications = await publish(["a", Self.guilty, "b"], on: publisher)
    await connections.connection(0).fail(.brokerFailed)
    var connectionIndex = 1
    var answeredCount = 0
    for _ in publications {
      let connection = await connections.connection(connectionIndex)
      await connection.waitForPublications(answeredCount + 1)
      // No other is under way.
      #expect(await connection.published.count == answeredCount + 1)
      if await connection.published.last == Self.guilty {
        await connection.fail(.brokerFailed)
        connectionIndex += 1
        answeredCount = 0
      } else {
        await connection.settle()
        answeredCount += 1
      }
    }
    #expect(await outcomes(publications) == ["confirmed", "nacked", "confirmed"])
    #expect(events.withLockedValue(\.self) == [])
  }

  @Test("while messages are published alone those that come wait, and then go out together")
  func newcomers() async throws {
    let publisher = try await start()
    let suspects = await publish(["a", "b"], on: publisher)
    await connections.connection(0).fail(.brokerFailed)
    let second = await connections.connection(1)
    await second.waitForPublications(1)
    let names = (0..<50).map { ShortString("newcomer-\($0)") }
    let newcomers = await publish(names, on: publisher)
    #expect(await second.published.count == 1)
    await second.settle()
    await second.waitForPublications(2)
    #expect(await Set(second.published) == ["a", "b"])
    await second.settle()
    await second.waitForPublications(52)
    #expect(await Set(second.published.dropFirst(2)) == Set(names))
    await second.settle()
    #expect(await outcomes(suspects + newcomers) == [String](repeating: "confirmed", count: 52))
    #expect(await connections.count == 2)
  }

  @Test("one that was under way, and has not heard of its connection's end yet, is waited for by those that come")
  func slowSuspect() async throws {
    let publisher = try await start()
    let suspects = await publish(["a", "b"], on: publisher)
    await connections.connection(0).failTellingFirst(.brokerFailed)
    let second = await connections.connection(1)
    await second.waitForPublications(1)
    await second.settle()
    #expect(await outcomes([suspects[0]]) == ["confirmed"])
    let newcomers = await publish(["c"], on: publisher)
    #expect(await second.published == ["a"])
    await connections.connection(0).tellRest()
    await second.waitForPublications(2)
    #expect(await second.published == ["a", "b"])
    await second.settle()
    await second.waitForPublications(3)
    await second.settle()
    #expect(await outcomes(suspects + newcomers) == ["confirmed", "confirmed", "confirmed"])
  }

  @Test("where the last of the suspects ends the connection, the first newcomer makes another for all")
  func newcomersAfterFailure() async throws {
    let publisher = try await start()
    let suspects = await publish([Self.guilty], on: publisher)
    await connections.connection(0).fail(.brokerFailed)
    let second = await connections.connection(1)
    await second.waitForPublications(1)
    let newcomers = await publish(["a", "b", "c"], on: publisher)
    await second.fail(.brokerFailed)
    let third = await connections.connection(2)
    await third.waitForPublications(1)
    await third.settle()
    await third.waitForPublications(3)
    await third.settle()
    #expect(await outcomes(suspects + newcomers) == ["nacked", "confirmed", "confirmed", "confirmed"])
    #expect(await connections.count == 3)
  }

  @Test("a broker that fails on a message of another kind, alone, is at fault itself, and the session is over")
  func otherMessage() async throws {
    let publisher = try await start()
    let publications = await publish(["a", "b"], on: publisher)
    await connections.connection(0).fail(.brokerFailed)
    let second = await connections.connection(1)
    await second.waitForPublications(1)
    await second.fail(.brokerFailed)
    #expect(await outcomes(publications).sorted() == ["broker_failed", "closed"])
    #expect(await outcomes(publish(["c"], on: publisher)) == ["closed"])
    #expect(events.withLockedValue(\.self) == ["closed broker_failed"])
    #expect(await connections.count == 2)
  }

  @Test("another end than the broker's failure is the end of the session")
  func otherEnd() async throws {
    let publisher = try await start()
    let publications = await publish(["a"], on: publisher)
    await connections.connection(0).fail(.connectionLost)
    #expect(await outcomes(publications) == ["connection_lost"])
    #expect(events.withLockedValue(\.self) == ["closed connection_lost"])
    #expect(await connections.count == 1)
  }

  @Test("a connection that ends blocked is blocked no more, and the next one says for itself")
  func blocked() async throws {
    let publisher = try await start()
    let publications = await publish(["a"], on: publisher)
    await connections.connection(0).send(.blocked(reason: "low on memory"))
    await connections.connection(0).fail(.brokerFailed)
    #expect(events.withLockedValue(\.self) == ["blocked", "unblocked"])
    let second = await connections.connection(1)
    await second.waitForPublications(1)
    await second.send(.blocked(reason: "low on memory"))
    await second.send(.unblocked)
    await second.settle()
    #expect(await outcomes(publications) == ["confirmed"])
    await second.fail(.brokerFailed)
    #expect(events.withLockedValue(\.self) == ["blocked", "unblocked", "blocked", "unblocked"])
  }

  @Test("where no other connection can be made the session is over, and everybody is told", arguments: [0, 20])
  func openFails(othersCount: Int) async throws {
    let publisher = try await start()
    let publications = await publish([Self.guilty] + (0..<othersCount).map { ShortString("\($0)") }, on: publisher)
    await connections.fail(.unreachable)
    await connections.connection(0).fail(.brokerFailed)
    #expect(await outcomes(publications).sorted() == [String](repeating: "closed", count: othersCount) + ["unreachable"])
    #expect(events.withLockedValue(\.self) == ["closed unreachable"])
  }

  @Test("a connection on which the broker fails before anything is published is no message's fault: the session is over")
  func earlyEnd() async throws {
    let publisher = try await start()
    let publications = await publish([Self.guilty, "a"], on: publisher)
    await connections.endEarly(.brokerFailed)
    await connections.connection(0).fail(.brokerFailed)
    #expect(await outcomes(publications).sorted() == ["broker_failed", "closed"])
    #expect(events.withLockedValue(\.self) == ["closed broker_failed"])
    #expect(await connections.count == 2)
  }

  @Test("closed while a message is published alone, it tells who waits, makes no other connection and says nothing")
  func closedWhileIsolating() async throws {
    let publisher = try await start()
    let suspects = await publish(["a", "b"], on: publisher)
    await connections.connection(0).fail(.brokerFailed)
    let second = await connections.connection(1)
    await second.waitForPublications(1)
    let newcomers = await publish(["c"], on: publisher)
    await publisher.close()
    #expect(await outcomes(suspects + newcomers) == ["closed", "closed", "closed"])
    #expect(events.withLockedValue(\.self) == [])
    #expect(await second.isClosed)
    #expect(await connections.count == 2)
  }

  @Test("closed while another connection is made, it ends that one too")
  func closedWhileOpening() async throws {
    let publisher = try await start()
    let publications = await publish(["a"], on: publisher)
    await connections.hold()
    await connections.connection(0).fail(.brokerFailed)
    while await !connections.isOpening { await Task.yield() }
    await publisher.close()
    await connections.release()
    #expect(await outcomes(publications) == ["closed"])
    #expect(await connections.connection(1).isClosed)
  }

  @Test("it pauses before it makes another connection, and closing ends the pause")
  func pauses() async throws {
    let publisher = try await start(pausing: .seconds(3600))
    let publications = await publish(["a", "b"], on: publisher)
    await connections.connection(0).fail(.brokerFailed)
    let newcomers = await publish(["c"], on: publisher)
    #expect(await connections.count == 1)
    await publisher.close()
    #expect(await outcomes(publications + newcomers) == ["closed", "closed", "closed"])
    #expect(await connections.count == 1)
  }
}

extension IsolatingPublisher {
  fileprivate func begin(_ routingKeys: [ShortString]) -> [Task<Result<PublishOutcome, RabbitMQError>, Never>] {
    routingKeys.map { routingKey in
      Task.immediate {
        let message = OutgoingMessage(routingKey: routingKey, isMandatory: false, properties: MessageProperties(), body: [1])
        return await withCheckedContinuation { waiter in publish(message) { waiter.resume(returning: $0) } }
      }
    }
  }
}
