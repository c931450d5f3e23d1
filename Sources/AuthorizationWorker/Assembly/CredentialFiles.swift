import Authorization
import Logging
import NIOConcurrencyHelpers
import ServiceConfiguration

/// What the files of a configuration held when they were last read, and what has been told of them.
final class CredentialFiles: Sendable {
  private struct State {
    var configuration: ServiceConfiguration
    var authoritiesVersion: FileVersion?
    /// What has been told of files that still cannot be used: the reasons, by the keys.
    var toldFaults: [String: String] = [:]
    var isOverrunTold = false
  }

  private let state: NIOLockedValueBox<State>
  private let logger: Logger
  private let read: @Sendable (ServiceConfiguration) -> FileRereading

  init(
    _ configuration: ServiceConfiguration,
    logger: Logger,
    read: @escaping @Sendable (ServiceConfiguration) -> FileRereading
  ) {
    state = NIOLockedValueBox(State(configuration: configuration))
    self.logger = logger
    self.read = read
  }

  /// With what the files held when they could last be used.
  var configuration: ServiceConfiguration { state.withLockedValue(\.configuration) }

  /// Reads the files, and tells what has become of them. Blocks for as long as that takes.
  @Sendable func read(_ occasions: Set<RotatingCredentials.Occasion>) {
    let before = state.withLockedValue(\.self)
    let version = before.configuration.ecpds.caFile.flatMap { FileVersion(of: $0) }
    if occasions == [.trustingAuthorities], !before.isOverrunTold, version == before.authoritiesVersion { return }
    let reading = read(before.configuration)
    let faults = Dictionary(uniqueKeysWithValues: reading.faults.map { ($0.keyPath, $0.reason) })
    let wasOverrunTold = state.withLockedValue { state in
      state.configuration = reading.configuration
      state.authoritiesVersion = version
      state.toldFaults = faults
      defer { state.isOverrunTold = false }
      return state.isOverrunTold
    }
    let isSignalled = occasions.contains(.signal)
    for fault in reading.faults where isSignalled || before.toldFaults[fault.keyPath] != fault.reason {
      tellFault(occasions, fault.reason, key: fault.keyPath)
    }
    let hasRecovered = wasOverrunTold || before.toldFaults.keys.contains { faults[$0] == nil }
    if !reading.changedKeys.isEmpty || hasRecovered || (isSignalled && faults.isEmpty) {
      let changed = reading.changedKeys.map { Logger.MetadataValue.string($0) }
      logger.record(.configReloaded, [.trigger: trigger(occasions), .changed: .array(changed)])
    }
  }

  /// Reading takes longer than anybody waits.
  @Sendable func tellOverrun(_ occasions: Set<RotatingCredentials.Occasion>) {
    let wasTold = state.withLockedValue { state in
      defer { state.isOverrunTold = true }
      return state.isOverrunTold
    }
    guard !wasTold || occasions.contains(.signal) else { return }
    tellFault(occasions, "reading the files takes longer than \(RotatingCredentials.timeLimit.components.seconds) s", key: nil)
  }

  private func tellFault(_ occasions: Set<RotatingCredentials.Occasion>, _ reason: String, key: String?) {
    logger.record(.configReloadFailed, [.trigger: trigger(occasions), .key: key.map { .string($0) }, .error: .string(reason)])
  }

  private func trigger(_ occasions: Set<RotatingCredentials.Occasion>) -> Logger.MetadataValue? {
    RotatingCredentials.Occasion.allCases.first(where: occasions.contains).map { .string($0.rawValue) }
  }
}
