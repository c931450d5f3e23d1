import Authorization
import Dispatch
import Logging
import NIOConcurrencyHelpers
import RabbitMQClient
import ServiceConfiguration

/// The passwords and certificate authorities as their files have them, which may change while the worker runs.
///
/// A file that cannot be used changes nothing: what it held before stays in use. That is told once, and again only at a signal or for
/// another reason.
final class RotatingCredentials: Sendable {
  /// Why the files are read again.
  enum Occasion: String {
    case signal = "sighup"
    case connecting = "amqp_connection"
    case refusedByECPDS = "ecpds_401"
    case changedAuthorities = "ecpds_ca_file"
  }

  private struct State {
    var configuration: ServiceConfiguration
    var lastReadingBegan: ContinuousClock.Instant?
    /// What has been told of files that still cannot be used: the reasons, by the keys.
    var toldFaults: [String: String] = [:]
    var authoritiesVersion: FileVersion?
  }

  private let state: NIOLockedValueBox<State>
  private let logger: Logger
  /// Reading waits for the disk; here nobody else does.
  private let reader = DispatchQueue(label: "credentials")

  init(_ configuration: ServiceConfiguration, logger: Logger) {
    state = NIOLockedValueBox(State(configuration: configuration))
    self.logger = logger
  }

  // MARK: What is in use

  /// The account for ECPDS.
  var serviceAccount: HTTPCredentials {
    let ecpds = state.withLockedValue(\.configuration.ecpds)
    return HTTPCredentials(username: ecpds.username, password: ecpds.password.revealed)
  }

  /// The private certificate authorities for ECPDS, in PEM form. Where the file has changed it is read first: no connection is made
  /// that trusts what is no longer in it.
  func certificateAuthorities() async -> [UInt8]? {
    if let path = state.withLockedValue(\.configuration.ecpds.caFile) {
      let version = FileVersion(of: path)
      if state.withLockedValue(\.authoritiesVersion) != version {
        await reload(.changedAuthorities)
        // Only now: until it is read, others wait for it too.
        state.withLockedValue { $0.authoritiesVersion = version }
      }
    }
    return state.withLockedValue(\.configuration.ecpds.certificateAuthorities)
  }

  /// The broker's address and the login, as the files have it now; librabbitmq reads the files for TLS itself.
  func broker(name: String) async -> RabbitMQConfiguration {
    await reload(.connecting)
    return RabbitMQConfiguration(state.withLockedValue(\.configuration.amqp), name: name)
  }

  // MARK: Reading again

  /// Reads the files again. A reading that others have asked for, and that has not yet begun, serves for this one too.
  func reload(_ occasion: Occasion) async {
    let asked = ContinuousClock.now
    await withCheckedContinuation { continuation in
      reader.async {
        let lastReadingBegan = self.state.withLockedValue(\.lastReadingBegan)
        if occasion == .signal || lastReadingBegan.map({ $0 < asked }) ?? true { self.read(occasion) }
        continuation.resume()
      }
    }
  }

  private func read(_ occasion: Occasion) {
    let before = state.withLockedValue { state in
      state.lastReadingBegan = .now
      return state.configuration
    }
    let reading = FileRereading(of: before)
    let faults = Dictionary(uniqueKeysWithValues: reading.faults.map { ($0.keyPath, $0.reason) })
    let toldFaults = state.withLockedValue { state in
      state.configuration = reading.configuration
      defer { state.toldFaults = faults }
      return state.toldFaults
    }
    for fault in reading.faults where occasion == .signal || toldFaults[fault.keyPath] != fault.reason {
      let attributes: KeyValuePairs<Logger.AttributeKey, Logger.MetadataValue?> = [
        .trigger: .string(occasion.rawValue), .key: .string(fault.keyPath), .error: .string(fault.reason),
      ]
      logger.record(.configReloadFailed, attributes)
    }
    let hasRecovered = toldFaults.keys.contains { faults[$0] == nil }
    if !reading.changedKeys.isEmpty || hasRecovered || (occasion == .signal && faults.isEmpty) {
      let changed = reading.changedKeys.map { Logger.MetadataValue.string($0) }
      logger.record(.configReloaded, [.trigger: .string(occasion.rawValue), .changed: .array(changed)])
    }
  }
}
