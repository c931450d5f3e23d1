/// Fills a configuration key by key and gathers whatever is wrong on the way.
struct ConfigurationCollector {
  private(set) var configuration = ServiceConfiguration.unset
  private(set) var faults: [ConfigurationFault]

  private let document: ConfigurationDocument
  private let sources: ConfigurationSources

  init(document: ConfigurationDocument, environment: [String: String]) {
    self.document = document
    sources = ConfigurationSources(environment: environment, document: document)
    faults = document.faults
  }

  /// By line; what has none keeps its order and follows.
  var orderedFaults: [ConfigurationFault] {
    let ordered = faults.enumerated().sorted { ($0.element.line ?? .max, $0.offset) < ($1.element.line ?? .max, $1.offset) }
    return ordered.map(\.element)
  }

  mutating func read(_ key: ConfigurationKey) {
    guard let (value, source) = sources.value(for: key) else {
      reportAbsence(of: key, "is required")
      return
    }
    store(value, for: key, from: source)
  }

  private mutating func store(_ value: RawValue, for key: ConfigurationKey, from source: ValueSource) {
    configuration.sources[key.path] = source
    for invalid in key.binding.assign(value, &configuration) {
      report(invalid, at: key.path)
    }
  }

  private mutating func reportAbsence(of key: ConfigurationKey, _ reason: String) {
    configuration.sources[key.path] = .builtIn
    guard key.isRequired, !document.isFaulty(key.path) else { return }
    faults.append(ConfigurationFault(keyPath: key.path, reason: reason))
  }

  /// Reports a fault of a value where it was written: a variable, or a line of the file.
  private mutating func report(_ invalid: InvalidValue, at path: String) {
    if case .environment(let variable) = configuration.sources[path] {
      faults.append(ConfigurationFault(keyPath: path + invalid.element, reason: invalid.reason, variable: variable))
    } else {
      let line = document.lines[path + invalid.element] ?? document.lines[path]
      faults.append(ConfigurationFault(keyPath: path + invalid.element, reason: invalid.reason, line: line))
    }
  }

  /// Whether a value was given, be it a good one or not.
  private func isGiven(_ key: ConfigurationKey) -> Bool {
    configuration.sources[key.path] != .builtIn || document.isFaulty(key.path)
  }

  private func isSound(_ path: String) -> Bool {
    !faults.contains { $0.keyPath == path }
  }

  // MARK: Passwords and files

  /// The password itself or the file that holds it: the environment's before the configuration file's, and in one source not
  /// both.
  mutating func readPassword() {
    let direct = sources.value(for: .password)
    let indirect = sources.value(for: .passwordFile)
    configuration.sources[ConfigurationKey.passwordFile.path] = .builtIn
    if let direct, let indirect, direct.source.isEnvironment == indirect.source.isEnvironment {
      configuration.sources[ConfigurationKey.passwordFile.path] = indirect.source
      report(InvalidValue(reason: "must not be set together with ecpds.password"), at: ConfigurationKey.passwordFile.path)
    } else if let direct, indirect == nil || direct.source.isEnvironment {
      store(direct.value, for: .password, from: direct.source)
    } else if let indirect {
      store(indirect.value, for: .passwordFile, from: indirect.source)
      if configuration.ecpds.passwordFile != nil { configuration.sources[ConfigurationKey.password.path] = .passwordFile }
    } else if !document.isFaulty(ConfigurationKey.passwordFile.path) {
      reportAbsence(of: .password, "is required (or ecpds.password_file)")
    }
  }

  /// The file that holds the broker's password, by the same rule: the other place is the URL, which must have been read.
  mutating func readBrokerPasswordFile() {
    let key = ConfigurationKey.brokerPasswordFile
    configuration.sources[key.path] = .builtIn
    guard let (value, source) = sources.value(for: key) else { return }
    let urlSource = configuration.sources[ConfigurationKey.url.path]
    if configuration.amqp.url.givesPassword, urlSource?.isEnvironment == source.isEnvironment {
      configuration.sources[key.path] = source
      report(InvalidValue(reason: "must not be set together with a password in amqp.url"), at: key.path)
    } else if !configuration.amqp.url.givesPassword || source.isEnvironment {
      store(value, for: key, from: source)
    }
  }

  /// What the files hold that the keys read so far name.
  mutating func readFiles() {
    for file in ReferencedFile.all where isSound(file.key.path) {
      do throws(InvalidValue) {
        _ = try file.read(into: &configuration, isAgain: false)
      } catch {
        report(error, at: file.key.path)
      }
    }
  }

  // MARK: Rules between keys

  /// Plaintext beyond this machine must be asked for, and files for TLS must be of use.
  mutating func checkRelations() {
    let amqp = configuration.amqp
    if let invalid = amqp.plaintextFault, isSound("amqp.allow_plaintext") { report(invalid, at: ConfigurationKey.url.path) }
    let faulty = Set(faults.map(\.keyPath))
    for (index, server) in configuration.ecpds.servers.enumerated() {
      guard let url = try? ServerURL(parsing: server), !url.usesTLS, !configuration.ecpds.allowsPlaintext,
        !Host.isLoopback(url.host),
        !faulty.contains("ecpds.allow_plaintext"), !faulty.contains("ecpds.servers[\(index)]")
      else { continue }
      report(
        InvalidValue(
          reason: "must have the scheme https unless the host is loopback or ecpds.allow_plaintext is true",
          element: "[\(index)]"
        ),
        at: ConfigurationKey.servers.path
      )
    }
    for key in [ConfigurationKey.caFile, .certificateFile, .keyFile] where configuration.sources[key.path] != .builtIn {
      guard !amqp.url.usesTLS, isSound(ConfigurationKey.url.path) else { continue }
      report(InvalidValue(reason: "has no effect with amqp://; use amqps:// or leave it out"), at: key.path)
    }
    // One may always wait: it is the default where the prefetch count is 1.
    if let waiting = configuration.worker.maximumWaitingCount, waiting > 1, waiting >= amqp.prefetchCount,
      isSound("amqp.prefetch"), isSound(ConfigurationKey.maximumWaiting.path)
    {
      report(
        InvalidValue(reason: "must be below amqp.prefetch, which is \(amqp.prefetchCount)"),
        at: ConfigurationKey.maximumWaiting.path
      )
    }
    let pair = [ConfigurationKey.certificateFile, .keyFile]
    for (key, other) in zip(pair, pair.reversed())
    where isGiven(key) && !isGiven(other) {
      report(InvalidValue(reason: "must come together with \(other.path)"), at: key.path)
    }
    if amqp.saslMechanism == .external { checkExternalLogin() }
  }

  /// SASL EXTERNAL: the certificate is the login, so there must be one, and nothing else that looks like a login.
  private mutating func checkExternalLogin() {
    let key = ConfigurationKey.saslMechanism.path
    let url = configuration.amqp.url
    if !url.usesTLS, isSound(ConfigurationKey.url.path) {
      report(InvalidValue(reason: "external needs amqps://"), at: key)
    } else if !isGiven(.certificateFile) {
      report(InvalidValue(reason: "external needs amqp.tls.certificate_file"), at: key)
    }
    if url.givesUser {
      let reason = "must not name a user with amqp.sasl_mechanism external: the certificate does"
      report(InvalidValue(reason: reason), at: ConfigurationKey.url.path)
    }
    if isGiven(.brokerPasswordFile) {
      let reason = "has no effect with amqp.sasl_mechanism external; leave it out"
      report(InvalidValue(reason: reason), at: ConfigurationKey.brokerPasswordFile.path)
    }
  }
}
