import NIOConcurrencyHelpers

/// A value that becomes known once, for which any number of tasks may wait.
final class OneTimeValue<Value: Sendable>: Sendable {
  private typealias Waiter = CheckedContinuation<Value, any Error>

  private enum State {
    case pending(waiters: [Int: Waiter], nextID: Int)
    case known(Result<Value, any Error>)
  }

  private let state = NIOLockedValueBox(State.pending(waiters: [:], nextID: 0))

  /// Makes the value known. Only the first call counts.
  func resolve(_ result: Result<Value, any Error>) {
    let waiters: [Int: Waiter] = state.withLockedValue { state in
      guard case .pending(let waiters, _) = state else { return [:] }
      state = .known(result)
      return waiters
    }
    for waiter in waiters.values { waiter.resume(with: result) }
  }

  /// The value, once it is known.
  /// - Throws: What it was resolved with, or `CancellationError`.
  var value: Value {
    get async throws {
      let id = state.withLockedValue { state -> Int in
        guard case .pending(let waiters, let id) = state else { return 0 }
        state = .pending(waiters: waiters, nextID: id + 1)
        return id
      }
      return try await withTaskCancellationHandler {
        try await withCheckedThrowingContinuation { wait($0, id: id) }
      } onCancel: {
        cancelWaiter(id)
      }
    }
  }

  private func wait(_ waiter: Waiter, id: Int) {
    let result: Result<Value, any Error>? = state.withLockedValue { state in
      switch state {
      case .known(let result): return result
      case .pending(var waiters, let nextID):
        // The cancellation may have come before the continuation.
        if Task.isCancelled { return .failure(CancellationError()) }
        waiters[id] = waiter
        state = .pending(waiters: waiters, nextID: nextID)
        return nil
      }
    }
    if let result { waiter.resume(with: result) }
  }

  private func cancelWaiter(_ id: Int) {
    let waiter = state.withLockedValue { state -> Waiter? in
      guard case .pending(var waiters, let nextID) = state else { return nil }
      let waiter = waiters.removeValue(forKey: id)
      state = .pending(waiters: waiters, nextID: nextID)
      return waiter
    }
    waiter?.resume(throwing: CancellationError())
  }
}
