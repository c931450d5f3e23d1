import NIOConcurrencyHelpers
import RabbitMQClient

@testable import AuthorizationWorker

/// A broker as the handler sees it: keeps what was done in order, and answers publications as told.
final class FakeChannel: RequestSource {
  enum Action: Equatable {
    case published(routingKey: ShortString)
    case acknowledged(UInt64)
    case rejected(UInt64, requeue: Bool)
    case asked(ShortString, within: Duration)
    case stopped
    case resumed(prefetchCount: UInt16)
  }

  private struct State {
    var actions: [Action] = []
    var messages: [OutgoingMessage] = []
    var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
  }

  private let state = NIOLockedValueBox(State())
  private let outcome: @Sendable (OutgoingMessage) -> Result<PublishOutcome, RabbitMQError>
  private let existingQueues: Result<Set<ShortString>?, RabbitMQError>

  /// - Parameter existingQueues: nil for a broker that does not answer the question.
  init(
    existingQueues: Result<Set<ShortString>?, RabbitMQError> = .success(["replies"]),
    outcome: @escaping @Sendable (OutgoingMessage) -> Result<PublishOutcome, RabbitMQError> = { _ in .success(.confirmed) }
  ) {
    self.existingQueues = existingQueues
    self.outcome = outcome
  }

  var actions: [Action] { state.withLockedValue { $0.actions } }
  var messages: [OutgoingMessage] { state.withLockedValue { $0.messages } }

  func publish(_ message: OutgoingMessage, onOutcome: @escaping OutcomeHandler) {
    state.withLockedValue {
      $0.actions.append(.published(routingKey: message.routingKey))
      $0.messages.append(message)
    }
    onOutcome(outcome(message))
  }

  func acknowledge(_ tag: DeliveryTag) {
    state.withLockedValue { $0.actions.append(.acknowledged(FakeChannel.number(tag))) }
  }

  func reject(_ tag: DeliveryTag, requeue: Bool) {
    state.withLockedValue { $0.actions.append(.rejected(FakeChannel.number(tag), requeue: requeue)) }
  }

  func queueExists(_ name: ShortString, within limit: Duration) async throws(RabbitMQError) -> Bool? {
    state.withLockedValue { $0.actions.append(.asked(name, within: limit)) }
    return try existingQueues.get()?.contains(name)
  }

  func stopConsuming() async {
    state.withLockedValue { $0.actions.append(.stopped) }
  }

  func resumeConsuming(prefetchCount: UInt16) async {
    state.withLockedValue { $0.actions.append(.resumed(prefetchCount: prefetchCount)) }
  }

  /// The number that a test made the tag of.
  private static func number(_ tag: DeliveryTag) -> UInt64 {
    (0...1000).first { DeliveryTag($0) == tag } ?? .max
  }
}
