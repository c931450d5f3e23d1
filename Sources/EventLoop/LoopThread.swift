import Glibc
import NIOConcurrencyHelpers
import Synchronization

/// The thread under a loop.
final class LoopThread: Sendable {
  private let identity = Atomic<UInt>(0)
  private let isJoined = NIOLockedValueBox(false)

  /// Runs `body` on a new thread.
  func start(name: String, _ body: @escaping @Sendable () -> Void) throws(EventLoopError) {
    let thread = try SystemThread.start(name: name) {
      self.identity.store(UInt(pthread_self()), ordering: .releasing)
      body()
    }
    identity.store(thread, ordering: .releasing)
  }

  var isCurrent: Bool { identity.load(ordering: .acquiring) == UInt(pthread_self()) }

  /// Waits for the thread's end; only the first call does.
  func join() {
    let isFirst = isJoined.withLockedValue { isJoined in
      defer { isJoined = true }
      return !isJoined
    }
    guard isFirst else { return }
    pthread_join(pthread_t(identity.load(ordering: .acquiring)), nil)
    identity.store(0, ordering: .releasing)
  }
}
