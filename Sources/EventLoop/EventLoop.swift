import NIOConcurrencyHelpers

/// One thread that waits for file descriptors, timers and Swift jobs, and runs them one after another.
///
/// The loop is a `SerialExecutor`: an actor that returns it as its `unownedExecutor` lives on its thread, so C libraries that want one
/// thread (librabbitmq, libcurl) and the actors around them share it, and calls between such actors are plain function calls.
/// From a C callback or a file descriptor's handler an actor is entered with `assumeIsolated`.
///
/// Methods that say "on the loop" must be called on its thread, that is, from an actor that lives on it. They trap otherwise.
public final class EventLoop: SerialExecutor, @unchecked Sendable {
  /// The name of the thread, as `top -H` and debuggers show it (at most 15 bytes are shown).
  public let name: String

  private struct Inbox {
    var jobs: [UnownedJob] = []
    var bodies: [@Sendable () -> Void] = []
    /// True from before the loop looks at `jobs` for the last time until it has woken up: whoever adds a job then must wake it.
    var isParked = false
    var isStopping = false
  }

  private let inbox = NIOLockedValueBox(Inbox())
  private let poller: Poller
  private let thread: LoopThread

  // Touched by the loop's own thread only.
  private var ready: [UnownedJob] = []
  private var running: [UnownedJob] = []
  private var handlers: [Int32: Registration] = [:]
  private var nextGeneration: UInt32 = 0
  private var timers = TimerQueue()
  private var lastOfRound: [() -> Void] = []

  private struct Registration {
    let generation: UInt32
    var interest: Readiness
    let handler: (Readiness) -> Void
  }

  /// Starts the thread.
  ///
  /// - Throws: `EventLoopError` when the system has no descriptor or no thread left.
  public init(name: String) throws(EventLoopError) {
    self.name = name
    poller = try Poller()
    thread = LoopThread()
    try thread.start(name: name) { self.run() }
  }

  /// Ends the thread after the jobs that are already queued, and waits for its end. Idempotent. Jobs enqueued later never run, so
  /// every actor that lives on the loop must be finished with. Must not be called on the loop.
  public func shutdown() {
    precondition(!isOnLoop, "an event loop cannot wait for its own end")
    let wakes = inbox.withLockedValue { inbox in
      inbox.isStopping = true
      return inbox.isParked
    }
    if wakes { poller.wake() }
    thread.join()
  }

  // MARK: Executor

  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    if isOnLoop {
      ready.append(job)
      return
    }
    post { $0.jobs.append(job) }
  }

  /// Runs `body` on the loop soon. From any thread; without effect once the loop is shut down.
  public func execute(_ body: @escaping @Sendable () -> Void) {
    post { $0.bodies.append(body) }
  }

  private func post(_ add: (inout Inbox) -> Void) {
    let wakes = inbox.withLockedValue { inbox in
      add(&inbox)
      // Whoever sees the flag first wakes the loop; the others need not.
      defer { inbox.isParked = false }
      return inbox.isParked
    }
    if wakes { poller.wake() }
  }

  public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
    unsafe UnownedSerialExecutor(ordinary: self)
  }

  public func checkIsolated() {
    precondition(isOnLoop, "this must run on the event loop \(name)")
  }

  public func isIsolatingCurrentContext() -> Bool? {
    isOnLoop
  }

  /// Whether the caller runs on the loop's thread.
  public var isOnLoop: Bool { thread.isCurrent }

  // MARK: File descriptors

  /// Calls `handler` on the loop whenever the descriptor is ready, level-triggered, until `deregister`. On the loop.
  ///
  /// An error or a hang-up on the descriptor shows as readiness for whatever was asked for, so that the next read or write finds it.
  /// - Throws: `EventLoopError` when the descriptor cannot be polled.
  public func register(
    _ fileDescriptor: Int32,
    for interest: Readiness,
    handler: @escaping (Readiness) -> Void
  ) throws(EventLoopError) {
    checkIsolated()
    precondition(handlers[fileDescriptor] == nil, "descriptor \(fileDescriptor) is registered already")
    nextGeneration &+= 1
    try poller.add(fileDescriptor, generation: nextGeneration, interest: interest)
    handlers[fileDescriptor] = Registration(generation: nextGeneration, interest: interest, handler: handler)
  }

  /// Changes what a registered descriptor is polled for; an empty interest pauses it, and the same as before costs nothing. On the
  /// loop.
  public func update(_ fileDescriptor: Int32, for interest: Readiness) throws(EventLoopError) {
    checkIsolated()
    guard let registration = handlers[fileDescriptor], registration.interest != interest else { return }
    try poller.modify(fileDescriptor, generation: registration.generation, interest: interest)
    handlers[fileDescriptor]?.interest = interest
  }

  /// Forgets a descriptor; its handler is not called again. To be called before the descriptor is closed. On the loop.
  public func deregister(_ fileDescriptor: Int32) {
    checkIsolated()
    guard handlers.removeValue(forKey: fileDescriptor) != nil else { return }
    poller.remove(fileDescriptor)
  }

  // MARK: Timers

  /// Calls `body` once on the loop after `delay`, unless cancelled before. On the loop.
  @discardableResult
  public func schedule(after delay: Duration, _ body: @escaping () -> Void) -> TimerID {
    checkIsolated()
    return timers.insert(deadline: .now + delay, body: body)
  }

  /// Forgets a timer; one that has fired or was cancelled is ignored. On the loop.
  public func cancel(_ timer: TimerID) {
    checkIsolated()
    timers.remove(timer)
  }

  // MARK: Rounds

  /// Calls `body` once on the loop, after what is ready now and before it waits for descriptors again: the moment to write what a round has
  /// gathered. On the loop.
  public func atEndOfRound(_ body: @escaping () -> Void) {
    checkIsolated()
    lastOfRound.append(body)
  }

  // MARK: The thread

  private func run() {
    var buffer = PollBuffer()
    var events: [PollEvent] = []
    while true {
      runReadyJobs()
      endRound()
      guard let wait = park() else { break }
      poller.wait(for: wait, buffer: &buffer, events: &events)
      inbox.withLockedValue { $0.isParked = false }
      for event in events {
        // A handler may deregister a descriptor whose event is later in this batch; a new one may have its number by then.
        guard let registration = handlers[event.fileDescriptor], registration.generation == event.generation else { continue }
        registration.handler(event.readiness)
      }
      // As of now: a timer that is set again at once must not keep the sockets waiting.
      let now = ContinuousClock.now
      while let body = timers.popDue(at: now) { body() }
    }
  }

  /// Runs what was ready when it was called. What these jobs enqueue waits for the next round, so that jobs cannot starve sockets.
  private func runReadyJobs() {
    swap(&ready, &running)
    let bodies = inbox.withLockedValue { inbox in
      running.append(contentsOf: inbox.jobs)
      inbox.jobs.removeAll(keepingCapacity: true)
      defer { inbox.bodies = [] }
      return inbox.bodies
    }
    for body in bodies { body() }
    for job in running { unsafe job.runSynchronously(on: asUnownedSerialExecutor()) }
    running.removeAll(keepingCapacity: true)
  }

  private func endRound() {
    guard !lastOfRound.isEmpty else { return }
    let bodies = lastOfRound
    lastOfRound = []
    for body in bodies { body() }
  }

  /// How long to wait for descriptors: not at all where work is left, for ever where there is none; nil when the loop must end.
  private func park() -> PollTimeout? {
    if !ready.isEmpty || !lastOfRound.isEmpty { return .immediate }
    let deadline = timers.nextDeadline
    return inbox.withLockedValue { inbox in
      if !inbox.jobs.isEmpty || !inbox.bodies.isEmpty { return .immediate }
      if inbox.isStopping { return nil }
      inbox.isParked = true
      return deadline.map { .until($0) } ?? .unbounded
    }
  }
}
