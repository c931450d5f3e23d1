import Authorization
import AuthorizationClient
import NIOConcurrencyHelpers
import Synchronization

/// Sends the requests of a plan and accounts for each.
struct LoadRun {
  let plan: LoadPlan
  let client: AuthorizationClient

  func perform() async -> LoadReport {
    let start = ContinuousClock.now
    let next = NextNumber()
    let shared = NIOLockedValueBox(LoadReport())
    await withTaskGroup { group in
      for _ in 0..<min(plan.window, plan.count) {
        group.addTask { await sendOneAfterAnother(next, shared) }
      }
    }
    var report = shared.withLockedValue(\.self)
    report.duration = start.duration(to: .now)
    // Second answers come after the first; those that come later than this are not seen.
    try? await Task.sleep(for: .seconds(1))
    report.unexpectedReplyCount = await client.unexpectedReplyCount
    return report
  }

  private func sendOneAfterAnother(_ next: NextNumber, _ report: NIOLockedValueBox<LoadReport>) async {
    while case let number = next.take(), number < plan.count {
      let start = ContinuousClock.now
      let result: Result<AuthorizationReply, AuthorizationClientError>
      do throws(AuthorizationClientError) {
        result = .success(try await client.checkAccess(plan.request(number), timeout: plan.timeout))
      } catch {
        result = .failure(error)
      }
      let latency = start.duration(to: .now)
      report.withLockedValue { $0.add(result, latency: latency) }
    }
  }

  private final class NextNumber: Sendable {
    private let number = Atomic<Int>(0)

    func take() -> Int { number.wrappingAdd(1, ordering: .relaxed).oldValue }
  }
}
