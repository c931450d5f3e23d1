import CEpoll
import Glibc

/// A POSIX thread with a stack of a size that is known.
package enum SystemThread {
  /// C libraries that decode what a peer has nested go down one call a level: librabbitmq 0.11 needs up to 6 MB for the headers that fit a
  /// frame of 256 KiB. The system's default may be less, and depends on the limits that the process was started with.
  private static let stackByteCount = 16 * 1024 * 1024

  /// Runs `body` on a new thread. Signals are left to the other threads.
  ///
  /// - Returns: its `pthread_t`, to be joined or detached.
  /// - Throws: `EventLoopError` when the system has no thread left.
  package static func start(name: String, _ body: @escaping @Sendable () -> Void) throws(EventLoopError) -> UInt {
    let start = unsafe Unmanaged.passRetained(
      Start {
        var everySignal = sigset_t()
        unsafe sigfillset(&everySignal)
        unsafe pthread_sigmask(SIG_BLOCK, &everySignal, nil)
        unsafe cepoll_set_thread_name(name)
        body()
      }
    )
    var attributes = pthread_attr_t()
    unsafe pthread_attr_init(&attributes)
    defer { unsafe pthread_attr_destroy(&attributes) }
    unsafe pthread_attr_setstacksize(&attributes, stackByteCount)
    var thread = pthread_t()
    let code = unsafe pthread_create(
      &thread,
      &attributes,
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
    return UInt(thread)
  }

  private final class Start: Sendable {
    let body: @Sendable () -> Void

    init(_ body: @escaping @Sendable () -> Void) {
      self.body = body
    }
  }
}
