import Authorization
import Logging
import NIOConcurrencyHelpers
import RabbitMQClient
import ServiceConfiguration

/// The passwords and certificate authorities as their files have them, which may change while the worker runs.
///
/// A file that cannot be used, or that hangs, changes nothing: what it held before stays in use. That is told once, and again only at a
/// signal or for another reason.
final class RotatingCredentials: Sendable {
  /// Why the files are read again; of several, the first is told.
  enum Occasion: String, CaseIterable {
    case signal = "sighup"
    case connecting = "amqp_connection"
    case refusedByECPDS = "ecpds_401"
    /// Reads them only where the file of the authorities has changed.
    case trustingAuthorities = "ecpds_ca_file"
  }

  /// How long anybody waits for the files. Far longer than a disk or a file server that is well takes.
  static let timeLimit = Duration.seconds(5)

  private let files: CredentialFiles
  private let runs: BoundedRuns<Occasion>

  /// - Parameters:
  ///   - timeLimit: returns when reading has had its time.
  ///   - read: reads the files that a configuration names.
  init(
    _ configuration: ServiceConfiguration,
    logger: Logger,
    timeLimit: @escaping @Sendable () async -> Void = { try? await Task.sleep(for: timeLimit) },
    read: @escaping @Sendable (ServiceConfiguration) -> FileRereading = { FileRereading(of: $0) }
  ) {
    let files = CredentialFiles(configuration, logger: logger, read: read)
    self.files = files
    runs = BoundedRuns(timeLimit: timeLimit, body: files.read, overrun: files.tellOverrun)
  }

  /// The account for ECPDS.
  var serviceAccount: HTTPCredentials {
    let ecpds = files.configuration.ecpds
    return HTTPCredentials(username: ecpds.username, password: ecpds.password.revealed)
  }

  /// The private certificate authorities for ECPDS, in PEM form. Where the file has changed it is read first: no connection is made
  /// that trusts what is no longer in it.
  func certificateAuthorities() async -> [UInt8]? {
    if files.configuration.ecpds.caFile != nil { await reload(.trustingAuthorities) }
    return files.configuration.ecpds.certificateAuthorities
  }

  /// The broker's address and the login, as the files have it now; librabbitmq reads the files for TLS itself.
  func broker(name: String) async -> RabbitMQConfiguration {
    await reload(.connecting)
    return RabbitMQConfiguration(files.configuration.amqp, name: name)
  }

  /// Reads the files again. A reading that others have asked for, and that has not yet begun, serves for this one too.
  func reload(_ occasion: Occasion) async {
    await runs.run(for: occasion)
  }
}
