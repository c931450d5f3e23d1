/// A file that a key names and whose content counts. It is read with the configuration, and may be read again while the program runs.
struct ReferencedFile: Sendable {
  let key: ConfigurationKey
  private let path: any KeyPath<ServiceConfiguration, String?> & Sendable
  private let limit: Int
  /// Checks the content, and puts into the configuration what is kept of it. Changes nothing where it throws.
  private let accept: @Sendable ([UInt8], inout ServiceConfiguration) throws(InvalidValue) -> Void

  /// Those that there are.
  static let all: [ReferencedFile] = [
    password(.brokerPasswordFile, \.amqp.passwordFile, \.amqp.url.password),
    password(.passwordFile, \.ecpds.passwordFile, \.ecpds.password),
    pem(.caFile, \.amqp.tls.caFile) { bytes, _ throws(InvalidValue) in try PEM.checkCertificates(bytes) },
    pem(.certificateFile, \.amqp.tls.certificateFile) { bytes, _ throws(InvalidValue) in try PEM.checkCertificates(bytes) },
    pem(.keyFile, \.amqp.tls.keyFile) { bytes, _ throws(InvalidValue) in try PEM.checkPrivateKey(bytes) },
    pem(.ecpdsCAFile, \.ecpds.caFile) { bytes, configuration throws(InvalidValue) in
      try PEM.checkCertificates(bytes)
      configuration.ecpds.certificateAuthorities = bytes
    },
  ]

  /// Reads the file, where the key is set, into the configuration.
  ///
  /// - Returns: whether it holds something else than when it was last read.
  func read(into configuration: inout ServiceConfiguration, isAgain: Bool) throws(InvalidValue) -> Bool {
    guard let path = configuration[keyPath: path] else { return false }
    let bytes = isAgain ? try BoundedFile.readAgain(path, limit: limit) : try BoundedFile.read(path, limit: limit)
    try accept(bytes, &configuration)
    // Enough to notice a change, and no secret.
    return configuration.fileHashes.updateValue(bytes.hashValue, forKey: key.path) != bytes.hashValue
  }

  private static func password(
    _ key: ConfigurationKey,
    _ path: any KeyPath<ServiceConfiguration, String?> & Sendable,
    _ property: ValueBinding.Property<Secret>
  ) -> ReferencedFile {
    ReferencedFile(key: key, path: path, limit: 64 * 1024) { bytes, configuration throws(InvalidValue) in
      let line = bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...]
      guard let password = String(validating: line, as: UTF8.self) else { throw InvalidValue(reason: "does not hold UTF-8") }
      if let reason = TextRule.firstReason(in: password, TextRule.password) {
        throw InvalidValue(reason: "the password in it \(reason)")
      }
      configuration[keyPath: property] = Secret(password)
    }
  }

  private static func pem(
    _ key: ConfigurationKey,
    _ path: any KeyPath<ServiceConfiguration, String?> & Sendable,
    _ accept: @escaping @Sendable ([UInt8], inout ServiceConfiguration) throws(InvalidValue) -> Void
  ) -> ReferencedFile {
    ReferencedFile(key: key, path: path, limit: 4 * 1024 * 1024, accept: accept)
  }
}

/// What came of reading again the files that a configuration names.
public struct FileRereading: Sendable {
  /// With what the files hold now; where one cannot be used, what it held before stays.
  public private(set) var configuration: ServiceConfiguration
  /// The keys whose files hold something else than before.
  public private(set) var changedKeys: [String] = []
  /// What is wrong with which file.
  public private(set) var faults: [ConfigurationFault] = []

  /// Reads the files. Blocks for as long as that takes.
  public init(of configuration: ServiceConfiguration) {
    self.configuration = configuration
    for file in ReferencedFile.all {
      do throws(InvalidValue) {
        if try file.read(into: &self.configuration, isAgain: true) { changedKeys.append(file.key.path) }
      } catch {
        faults.append(ConfigurationFault(keyPath: file.key.path, reason: error.reason))
      }
    }
  }
}
