import NIOConcurrencyHelpers
import NIOCore

/// The way to an event loop that will be shut down: what comes after that, such as the late answer of an endpoint that hung, is
/// discarded. SwiftNIO takes it for a programming error.
final class ClosableEventLoop: Sendable {
  let eventLoop: any EventLoop
  private let isOpen = NIOLockedValueBox(true)

  init(_ eventLoop: any EventLoop) { self.eventLoop = eventLoop }

  /// Runs `work` on the loop, unless the loop is closed.
  func execute(_ work: @escaping @Sendable () -> Void) {
    // Under the lock, so that the loop cannot close in between.
    isOpen.withLockedValue { isOpen in
      if isOpen { eventLoop.execute(work) }
    }
  }

  /// To be called before the loop is shut down.
  func close() { isOpen.withLockedValue { $0 = false } }
}
