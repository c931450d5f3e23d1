extension ServiceConfiguration {
  /// The largest configuration file that is read.
  static let maximumFileSize = 1024 * 1024

  /// Reads a YAML file and the environment over it, and checks everything.
  ///
  /// - Parameters:
  ///   - path: The configuration file, at most 1 MiB of UTF-8.
  ///   - environment: Variables by name. One that is set to nothing counts as the empty string.
  /// - Throws: every fault there is, not just the first.
  public static func load(
    contentsOf path: String,
    environment: [String: String]
  ) throws(ConfigurationError) -> ServiceConfiguration {
    let bytes: [UInt8]
    do throws(InvalidValue) {
      bytes = try BoundedFile.read(path, limit: maximumFileSize)
    } catch {
      throw ConfigurationError(file: path, faults: [ConfigurationFault(keyPath: "", reason: error.reason)])
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw ConfigurationError(file: path, faults: [ConfigurationFault(keyPath: "", reason: "is not UTF-8")])
    }
    return try load(parsing: text, file: path, environment: environment)
  }

  /// Like ``load(contentsOf:environment:)``, with the file's text at hand.
  package static func load(
    parsing text: String,
    file: String,
    environment: [String: String]
  ) throws(ConfigurationError) -> ServiceConfiguration {
    let document = ConfigurationDocument(parsing: text)
    guard document.isReadable else { throw ConfigurationError(file: file, faults: document.faults) }
    var collector = ConfigurationCollector(document: document, environment: environment)
    collector.readPassword()
    let readByRule = [ConfigurationKey.password, .passwordFile, .brokerPasswordFile].map(\.path)
    for key in ConfigurationKey.all where !readByRule.contains(key.path) {
      collector.read(key)
    }
    collector.readBrokerPasswordFile()
    collector.readFiles()
    collector.checkRelations()
    guard collector.faults.isEmpty else { throw ConfigurationError(file: file, faults: collector.orderedFaults) }
    return collector.configuration
  }
}
