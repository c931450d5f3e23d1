package import Foundation
import Glibc

extension Process {
  /// Starts the program with no signal blocked. Dispatch blocks most on its threads, SIGTERM among them, and a child inherits that: a
  /// broker then never hears that it is to stop.
  package func runWithSignals() throws {
    var none = sigset_t()
    var before = sigset_t()
    sigemptyset(&none)
    pthread_sigmask(SIG_SETMASK, &none, &before)
    defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
    try run()
  }
}
