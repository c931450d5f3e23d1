import Dispatch
import EventLoop
import Glibc
import NIOConcurrencyHelpers
import Testing

/// An actor that lives on a loop, as the worker's do.
private actor Resident {
  let loop: EventLoop
  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }
  private(set) var entries: [String] = []
  private var staleEvents = 0

  init(_ loop: EventLoop) {
    self.loop = loop
  }

  func record(_ entry: String) { entries.append(entry) }

  func isOnLoop() -> Bool { loop.isOnLoop }

  /// Resumes when all timers have fired.
  func fire(after delays: [(String, Duration)], cancelling cancelled: Set<String> = []) async {
    await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
      var remaining = delays.count - cancelled.count
      for (name, delay) in delays {
        let timer = loop.schedule(after: delay) {
          self.assumeIsolated { $0.entries.append(name) }
          remaining -= 1
          if remaining == 0 { done.resume() }
        }
        if cancelled.contains(name) { loop.cancel(timer) }
      }
    }
  }

  func readByte(from fileDescriptor: Int32) async throws -> UInt8 {
    try await withCheckedThrowingContinuation { (done: CheckedContinuation<UInt8, any Error>) in
      do {
        try loop.register(fileDescriptor, for: .readable) { readiness in
          self.assumeIsolated { resident in
            var byte: UInt8 = 0
            _ = unsafe read(fileDescriptor, &byte, 1)
            resident.loop.deregister(fileDescriptor)
            resident.entries.append("\(readiness.contains(.readable))")
            done.resume(returning: byte)
          }
        }
      } catch {
        done.resume(throwing: error)
      }
    }
  }

  func register(_ fileDescriptor: Int32) throws {
    try loop.register(fileDescriptor, for: .readable) { _ in }
  }

  /// Two pipes are readable at once; the handler of whichever comes first puts a quiet pipe in the place of the other.
  func staleEventCount() async throws -> Int {
    let pipes = [Pipe(), Pipe()]
    let quiet = Pipe()
    try await withCheckedThrowingContinuation { (done: CheckedContinuation<Void, any Error>) in
      do {
        for (pipe, other) in [(pipes[0], pipes[1]), (pipes[1], pipes[0])] {
          try loop.register(pipe.reading, for: .readable) { _ in
            self.assumeIsolated { resident in
              resident.loop.deregister(pipe.reading)
              resident.loop.deregister(other.reading)
              _ = dup2(quiet.reading, other.reading)
              try? resident.loop.register(other.reading, for: .readable) { _ in self.assumeIsolated { $0.staleEvents += 1 } }
              // Timers come after the descriptors of their turn.
              resident.loop.schedule(after: .milliseconds(1)) { done.resume() }
            }
          }
        }
      } catch {
        done.resume(throwing: error)
      }
      var byte: UInt8 = 0
      for pipe in pipes { _ = unsafe write(pipe.writing, &byte, 1) }
    }
    for pipe in pipes { loop.deregister(pipe.reading) }
    return staleEvents
  }

  /// Whether a lookup in another actor of the same loop has ended when `Task.immediate` returns.
  func callsWithoutSuspension(_ other: Resident) -> Bool {
    var isDone = false
    Task.immediate {
      await other.record("called")
      isDone = true
    }
    return isDone
  }
}

/// A pipe that is closed with the value.
private final class Pipe: Sendable {
  let reading: Int32
  let writing: Int32

  init() {
    var ends: [Int32] = [0, 0]
    _ = unsafe pipe(&ends)
    reading = ends[0]
    writing = ends[1]
  }

  deinit {
    close(reading)
    close(writing)
  }
}

@Suite("Event loop")
struct EventLoopTests {
  @Test("actors that live on the loop run on its thread")
  func runsOnItsThread() async throws {
    let loop = try EventLoop(name: "test")
    #expect(await Resident(loop).isOnLoop())
    #expect(!loop.isOnLoop)
    loop.shutdown()
  }

  @Test("a call from one actor of the loop to another does not suspend")
  func callsOnOneLoopAreSynchronous() async throws {
    let loop = try EventLoop(name: "test")
    #expect(await Resident(loop).callsWithoutSuspension(Resident(loop)))
    loop.shutdown()
  }

  @Test("a job from another thread wakes a loop that waits without end, every time")
  func wakesWhenParked() async throws {
    let loop = try EventLoop(name: "test")
    let resident = Resident(loop)
    // Each call finds the loop parked or just about to park: a lost wake-up would hang here.
    for _ in 0..<20_000 { await resident.record("x") }
    #expect(await resident.entries.count == 20_000)
    loop.shutdown()
  }

  @Test("jobs from many threads all run")
  func runsEveryJob() async throws {
    let loop = try EventLoop(name: "test")
    let resident = Resident(loop)
    await withTaskGroup { group in
      for _ in 0..<64 {
        group.addTask { for _ in 0..<500 { await resident.record("x") } }
      }
    }
    #expect(await resident.entries.count == 32_000)
    loop.shutdown()
  }

  @Test("timers fire by deadline, whatever the order they were set in")
  func timersFireInOrder() async throws {
    let loop = try EventLoop(name: "test")
    let resident = Resident(loop)
    await resident.fire(after: [("c", .milliseconds(3)), ("a", .zero), ("b", .milliseconds(1))])
    #expect(await resident.entries == ["a", "b", "c"])
    loop.shutdown()
  }

  @Test("a cancelled timer never fires")
  func cancelledTimerDoesNotFire() async throws {
    let loop = try EventLoop(name: "test")
    let resident = Resident(loop)
    await resident.fire(after: [("a", .zero), ("b", .milliseconds(1)), ("c", .milliseconds(2))], cancelling: ["b"])
    #expect(await resident.entries == ["a", "c"])
    loop.shutdown()
  }

  @Test("a readable descriptor calls its handler")
  func handlesReadableDescriptor() async throws {
    let loop = try EventLoop(name: "test")
    let resident = Resident(loop)
    let pipe = Pipe()
    async let byte = resident.readByte(from: pipe.reading)
    var sent: UInt8 = 42
    _ = unsafe write(pipe.writing, &sent, 1)
    #expect(try await byte == 42)
    #expect(await resident.entries == ["true"])
    loop.shutdown()
  }

  @Test("a descriptor that cannot be polled is an error that names the system call")
  func refusesBadDescriptor() async throws {
    let loop = try EventLoop(name: "test")
    let resident = Resident(loop)
    let error = await #expect(throws: EventLoopError.self) { try await resident.register(-1) }
    #expect(error?.systemCall == "epoll_ctl")
    #expect(error?.code == EBADF)
    loop.shutdown()
  }

  @Test("what is queued when the loop is shut down still runs, and shutting down twice is harmless")
  func shutsDownAfterQueuedWork() throws {
    let loop = try EventLoop(name: "test")
    let count = NIOLockedValueBox(0)
    let mayGoOn = DispatchSemaphore(value: 0)
    loop.execute { mayGoOn.wait() }
    for _ in 0..<100 { loop.execute { count.withLockedValue { $0 += 1 } } }
    #expect(count.withLockedValue(\.self) == 0)
    mayGoOn.signal()
    loop.shutdown()
    loop.shutdown()
    #expect(count.withLockedValue(\.self) == 100)
  }

  @Test("what is left for the end of a round runs after all that was ready in it, once")
  func endsRounds() throws {
    let loop = try EventLoop(name: "test")
    let entries = NIOLockedValueBox<[String]>([])
    let mayGoOn = DispatchSemaphore(value: 0)
    loop.execute { mayGoOn.wait() }
    loop.execute {
      loop.atEndOfRound { entries.withLockedValue { $0.append("end") } }
      entries.withLockedValue { $0.append("a") }
    }
    loop.execute { entries.withLockedValue { $0.append("b") } }
    mayGoOn.signal()
    loop.shutdown()
    #expect(entries.withLockedValue(\.self) == ["a", "b", "end"])
  }

  @Test("an event that a descriptor's number got under its former owner does not reach the new one")
  func ignoresStaleEvents() async throws {
    let loop = try EventLoop(name: "test")
    #expect(try await Resident(loop).staleEventCount() == 0)
    loop.shutdown()
  }
}
