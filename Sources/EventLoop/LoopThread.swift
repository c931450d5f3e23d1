import CEpoll
import Glibc
import NIOConcurrencyHelpers
import Synchronization

/// The POSIX thread under a loop.
final class LoopThread: Sendable {
  private let identity = Atomic<UInt>(0)
  private let isJoined = NIOLockedValueBox(false)

  /// Runs `body` on a new thread. Signals are left to the other threads.
  func start(name: String, _ body: @escaping @Sendable () -> Void) throws(EventLoopError) {
    let start = unsafe Unmanaged.passRetained(
      Start {
        self.identity.store(UInt(pthread_self()), ordering: .releasing)
        var everySignal = sigset_t()
        unsafe sigfillset(&everySignal)
        unsafe pthread_sigmask(SIG_BLOCK, &everySignal, nil)
        unsafe cepoll_set_thread_name(name)
        body()
      }
    )
    var thread = pthread_t()
    let code = unsafe pthread_create(
      &thread,
      nil,
      {
        unsafe Unmanaged<Start>.fromOpaque($0!).takeRetainedValue().body()
        return nil
      },
      start.toOpaque()
    )
    guard code == 0 else {
      unsafe start.release()
      throw EventLoopError(systemCall: "pthread_create", code: code)
    }
    identity.store(UInt(thread), ordering: .releasing)
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

  private final class Start: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) {
      self.body = body
    }
  }
}
