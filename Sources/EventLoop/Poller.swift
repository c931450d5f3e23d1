import CEpoll
import Glibc

/// How long one poll may wait.
enum PollTimeout {
  case immediate
  case until(ContinuousClock.Instant)
  case unbounded
}

/// A descriptor that a poll found ready, and the generation it was added with.
struct PollEvent {
  let fileDescriptor: Int32
  let generation: UInt32
  let readiness: Readiness
}

/// Linux's epoll, and the eventfd that wakes it from another thread.
final class Poller: Sendable {
  private let epoll: Int32
  private let wakeUp: Int32

  init() throws(EventLoopError) {
    epoll = cepoll_create()
    guard epoll >= 0 else { throw .current("epoll_create1") }
    wakeUp = cepoll_create_wake_up()
    guard wakeUp >= 0 else {
      let error = EventLoopError.current("eventfd")
      // Thrown from here, nothing deinitialises it.
      close(epoll)
      throw error
    }
    try control(EPOLL_CTL_ADD, wakeUp, generation: 0, interest: .readable)
  }

  deinit {
    close(wakeUp)
    close(epoll)
  }

  func add(_ fileDescriptor: Int32, generation: UInt32, interest: Readiness) throws(EventLoopError) {
    try control(EPOLL_CTL_ADD, fileDescriptor, generation: generation, interest: interest)
  }

  func modify(_ fileDescriptor: Int32, generation: UInt32, interest: Readiness) throws(EventLoopError) {
    try control(EPOLL_CTL_MOD, fileDescriptor, generation: generation, interest: interest)
  }

  /// A descriptor that was closed already has left epoll by itself, so a failure here says nothing.
  func remove(_ fileDescriptor: Int32) {
    _ = cepoll_control(epoll, EPOLL_CTL_DEL, fileDescriptor, 0, 0)
  }

  /// Ends the wait in progress, or the next one. From any thread.
  func wake() {
    // The only failure is a full counter, and then the descriptor is readable anyway.
    _ = eventfd_write(wakeUp, 1)
  }

  /// Replaces `events` by what is ready. `buffer` is storage that the polls share.
  func wait(for timeout: PollTimeout, buffer: inout PollBuffer, events: inout [PollEvent]) {
    let count = unsafe cepoll_wait(epoll, &buffer.storage, nanoseconds(timeout))
    events.removeAll(keepingCapacity: true)
    // Negative when a signal interrupted it: nothing is ready, the caller goes round again.
    for event in buffer.storage.prefix(max(0, Int(count))) {
      let fileDescriptor = Int32(truncatingIfNeeded: event.tag)
      if fileDescriptor == wakeUp {
        cepoll_clear_wake_up(wakeUp)
        continue
      }
      let generation = UInt32(truncatingIfNeeded: event.tag >> 32)
      events.append(
        PollEvent(fileDescriptor: fileDescriptor, generation: generation, readiness: Readiness(epollEvents: event.events))
      )
    }
  }

  private func control(
    _ operation: Int32,
    _ fileDescriptor: Int32,
    generation: UInt32,
    interest: Readiness
  ) throws(EventLoopError) {
    let tag = UInt64(generation) << 32 | UInt64(UInt32(bitPattern: fileDescriptor))
    guard cepoll_control(epoll, operation, fileDescriptor, interest.epollEvents, tag) == 0 else { throw .current("epoll_ctl") }
  }

  /// An hour at most: the loop goes round again.
  private func nanoseconds(_ timeout: PollTimeout) -> Int64 {
    switch timeout {
    case .immediate: return 0
    case .unbounded: return -1
    case .until(let deadline):
      let remaining = ContinuousClock.now.duration(to: deadline).components
      guard remaining.seconds >= 0, remaining.attoseconds >= 0 else { return 0 }
      let attosecondsPerNanosecond: Int64 = 1_000_000_000
      return min(remaining.seconds, 3600) * 1_000_000_000 + remaining.attoseconds / attosecondsPerNanosecond
    }
  }
}

struct PollBuffer {
  fileprivate var storage = [cepoll_event](repeating: cepoll_event(), count: cepoll_maximum_event_count)
}

extension Readiness {
  fileprivate var epollEvents: UInt32 {
    (contains(.readable) ? EPOLLIN.rawValue : 0) | (contains(.writable) ? EPOLLOUT.rawValue : 0)
  }

  fileprivate init(epollEvents: UInt32) {
    self = []
    if epollEvents & EPOLLIN.rawValue != 0 { insert(.readable) }
    if epollEvents & EPOLLOUT.rawValue != 0 { insert(.writable) }
    if epollEvents & (EPOLLERR.rawValue | EPOLLHUP.rawValue) != 0 { formUnion([.readable, .writable]) }
  }
}
