/// A wait that can end before its time. Belongs to one actor that lives on the loop, and has one waiter at a time.
public final class LoopPause {
  private let loop: EventLoop
  private var current: (timer: TimerID, waiter: CheckedContinuation<Void, Never>)?

  public init(on loop: EventLoop) {
    self.loop = loop
  }

  /// Returns when the time is over or `end()` is called. On the loop.
  public func wait(for delay: Duration) async {
    await withCheckedContinuation { waiter in
      current = (loop.schedule(after: delay) { [weak self] in self?.end() }, waiter)
    }
  }

  /// Without effect while nobody waits. On the loop.
  public func end() {
    guard let (timer, waiter) = current else { return }
    current = nil
    loop.cancel(timer)
    waiter.resume()
  }
}
