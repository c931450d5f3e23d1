import EventLoop
import Testing

/// An actor that waits, as those of a worker do before they connect again.
private actor Waiter {
  private let loop: EventLoop
  private let pause: LoopPause
  private(set) var entries: [String] = []
  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  init(_ loop: EventLoop) {
    self.loop = loop
    pause = LoopPause(on: loop)
  }

  func wait(for delay: Duration) async {
    entries.append("waits")
    await pause.wait(for: delay)
    entries.append("goes on")
  }

  func end() {
    entries.append("ended")
    pause.end()
  }
}

@Suite("Pauses on a loop") struct LoopPauseTests {
  @Test("a pause ends by itself when its time is over, and an end that comes later does not end the next one")
  func endsByItself() async throws {
    let loop = try EventLoop(name: "test")
    let waiter = Waiter(loop)
    await waiter.wait(for: .milliseconds(1))
    await waiter.end()
    await waiter.wait(for: .milliseconds(1))
    #expect(await waiter.entries == ["waits", "goes on", "ended", "waits", "goes on"])
    loop.shutdown()
  }

  @Test("a pause ends before its time when it is told to", .timeLimit(.minutes(1)))
  func endsEarly() async throws {
    let loop = try EventLoop(name: "test")
    let waiter = Waiter(loop)
    async let wait: Void = waiter.wait(for: .seconds(3600))
    while await waiter.entries.isEmpty { await Task.yield() }
    await waiter.end()
    await wait
    #expect(await waiter.entries == ["waits", "ended", "goes on"])
    loop.shutdown()
  }
}
