package import Foundation
import Glibc

extension Process {
  /// Starts a program that the kernel ends when this process ends, however it ends.
  ///
  /// It starts with no signal blocked: Dispatch blocks most on its threads, SIGTERM among them, and a child inherits that: a broker then
  /// never hears that it is to stop.
  ///
  /// - Parameters:
  ///   - environment: variables beside those of this process, for the program alone: one may be a library to preload.
  ///   - deathSignal: what the kernel sends it then.
  package func run(
    _ executable: URL,
    _ arguments: [String],
    environment: [String: String] = [:],
    deathSignal: String = "KILL"
  ) throws {
    executableURL = URL(filePath: "/usr/bin/setpriv")
    let variables = environment.map { "\($0.key)=\($0.value)" }
    self.arguments = ["--pdeathsig", deathSignal, "env"] + variables + [executable.path] + arguments
    try SpawningThread.shared.run {
      var none = sigset_t()
      var before = sigset_t()
      sigemptyset(&none)
      pthread_sigmask(SIG_SETMASK, &none, &before)
      defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
      try self.run()
    }
  }
}

/// Starts programs. The kernel ends what `setpriv --pdeathsig` started when the thread that started it ends: this one never does.
private final class SpawningThread: @unchecked Sendable {
  static let shared = SpawningThread()

  private let condition = NSCondition()
  private var work: [() -> Void] = []

  private init() {
    Thread.detachNewThread { [self] in
      while true { next()() }
    }
  }

  func run(_ body: @escaping @Sendable () throws -> Void) throws {
    let done = DispatchSemaphore(value: 0)
    nonisolated(unsafe) var result = Result<Void, any Error>.success(())
    condition.withLock {
      work.append {
        result = Result { try body() }
        done.signal()
      }
      condition.signal()
    }
    done.wait()
    try result.get()
  }

  private func next() -> () -> Void {
    condition.withLock {
      while work.isEmpty { condition.wait() }
      return work.removeFirst()
    }
  }
}
