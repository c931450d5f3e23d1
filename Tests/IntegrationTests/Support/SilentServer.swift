import Foundation
import TestSupport

/// Accepts connections and never says a word.
final class SilentServer: Sendable {
  let port: Int
  private let descriptor: Int32

  init() throws {
    (descriptor, port) = try Loopback.listen()
  }

  deinit {
    close(descriptor)
  }

  /// Returns when somebody has connected. The connection stays open as long as the process.
  func waitForConnection() async throws {
    let accepted: Int32 = await withCheckedContinuation { continuation in
      Thread.detachNewThread { continuation.resume(returning: accept(self.descriptor, nil, nil)) }
    }
    guard accepted >= 0 else { throw POSIXError(.ECONNABORTED) }
  }
}
