import EventLoop
import RabbitMQClient

/// Asks the broker whether those who wait for replies are still there, never for long and never too many at a time: whoever cannot be
/// asked about counts as being there, since a caller that waits must not be told that it has gone.
actor RequesterProbe {
  private let loop: EventLoop
  private let maximumCount: Int
  private let timeout: Duration
  /// Questions that the broker has not answered yet, those that nobody waits for any more among them.
  private var openCount = 0

  nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe loop.asUnownedSerialExecutor() }

  /// - Parameters:
  ///   - maximumCount: How many questions may be open.
  ///   - timeout: How long to wait for an answer.
  init(loop: EventLoop, maximumCount: Int, timeout: Duration = .seconds(1)) {
    self.loop = loop
    self.maximumCount = maximumCount
    self.timeout = timeout
  }

  /// Whether somebody takes what is sent to `replyTo`, as far as is known.
  func isRequesterThere(_ replyTo: ShortString, on channel: any RequestChannel) async -> Bool {
    guard openCount < maximumCount else { return true }
    openCount += 1
    return await withCheckedContinuation { continuation in
      var waiter: CheckedContinuation<Bool, Never>? = continuation
      func answer(_ isThere: Bool) {
        waiter?.resume(returning: isThere)
        waiter = nil
      }
      let timer = loop.schedule(after: timeout) { answer(true) }
      Task.immediate {
        // Where the connection that asks is over, nobody knows; replies go out on another.
        let exists = (try? await channel.queueExists(replyTo)) ?? true
        openCount -= 1
        loop.cancel(timer)
        answer(exists)
      }
    }
  }
}
