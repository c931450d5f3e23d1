import Foundation
import LoadGenerator
import RabbitMQClient
import UnixSignals

/// A run as who started it sees it: a progress line on a terminal, what happens to the connection, and Ctrl-C.
struct LoadConsole {
  let showsProgress: Bool
  let showsNotices: Bool

  /// Back to the start of the terminal's line, which is emptied (ECMA-48).
  private static let lineStart = "\r\u{1B}[K"
  /// What does not fit the terminal's width is cut off, and not continued on a line that stays (DEC's auto-wrap mode).
  private static let withoutWrapping = "\u{1B}[?7l"
  private static let withWrapping = "\u{1B}[?7h"

  func notice(_ text: String) {
    guard showsNotices else { return }
    StandardError.print((showsProgress ? Self.lineStart : "") + text)
  }

  /// Performs the run. The first signal stops it; a second ends the process at once, with the status that shells give to a death by
  /// that signal.
  func perform(_ run: LoadRun) async throws(RabbitMQError) -> LoadReport {
    let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
    let watcher = Task {
      await withTaskGroup { group in
        group.addTask { await stop(run, at: signals) }
        if showsProgress { group.addTask { await showProgress(of: run) } }
      }
    }
    defer {
      watcher.cancel()
      if showsProgress { StandardError.write(Self.lineStart) }
    }
    return try await run.perform()
  }

  private func stop(_ run: LoadRun, at signals: UnixSignalsSequence) async {
    var isStopping = false
    for await signal in signals {
      if isStopping { _exit(128 + signal.rawValue) }
      isStopping = true
      notice("stopping: waiting shortly for what is under way; the same again ends it at once")
      await run.stop()
    }
  }

  private func showProgress(of run: LoadRun) async {
    while (try? await Task.sleep(for: .seconds(1))) != nil {
      let line = await run.takeProgress().line
      StandardError.write(Self.lineStart + Self.withoutWrapping + line + Self.withWrapping)
    }
  }
}
