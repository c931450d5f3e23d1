import NIOCore

/// The server's open connections and running answers, both bounded. Lives on the server's event loop.
final class OperationsConnectionRegistry {
  let loop: ClosableEventLoop
  private let maximumConnectionCount: Int
  private var connections: [ObjectIdentifier: (connection: OperationsConnection, context: ChannelHandlerContext)] = [:]
  /// Answers that an endpoint still owes, also those whose connection was answered 503 or is gone.
  private(set) var runningAnswerCount = 0
  private var onEmpty: EventLoopPromise<Void>?

  init(loop: ClosableEventLoop, maximumConnectionCount: Int) {
    self.loop = loop
    self.maximumConnectionCount = maximumConnectionCount
  }

  /// Takes a new connection up, unless there are enough.
  func admit(_ connection: OperationsConnection, context: ChannelHandlerContext) -> Bool {
    guard connections.count < maximumConnectionCount, onEmpty == nil else { return false }
    connections[ObjectIdentifier(connection)] = (connection, context)
    return true
  }

  func remove(_ connection: OperationsConnection) {
    connections[ObjectIdentifier(connection)] = nil
    if connections.isEmpty { onEmpty?.succeed() }
  }

  /// Whether one more endpoint may run. Endpoints that hang are bounded by the number of connections too, so that probes of a process
  /// that hangs do not pile up for ever.
  func beginAnswer() -> Bool {
    guard runningAnswerCount < maximumConnectionCount else { return false }
    runningAnswerCount += 1
    return true
  }

  func endAnswer() { runningAnswerCount -= 1 }

  /// Closes each connection as soon as it owes no answer; `promise` succeeds when the last is closed.
  func drain(promise: EventLoopPromise<Void>) {
    onEmpty = promise
    if connections.isEmpty {
      promise.succeed()
    } else {
      for (connection, context) in connections.values { connection.drain(context: context) }
    }
  }

  /// Closes every connection, whatever it owes.
  func closeAll() {
    for (_, context) in connections.values { context.close(promise: nil) }
  }
}
