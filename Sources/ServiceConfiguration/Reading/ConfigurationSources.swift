import Configuration

/// The environment over the file, read through one `ConfigReader`.
struct ConfigurationSources {
  private let environment: [String: String]
  private let document: ConfigurationDocument
  private let reader: ConfigReader

  init(environment: [String: String], document: ConfigurationDocument) {
    self.environment = environment
    self.document = document
    let keys = ConfigurationKey.all
    let values = keys.compactMap { key in
      document.values[key.path].map { (AbsoluteConfigKey(key.components), ConfigValue($0.content, isSecret: key.isSecret)) }
    }
    reader = ConfigReader(providers: [
      EnvironmentVariablesProvider(
        environmentVariables: environment,
        secretsSpecifier: .specific(Set(keys.filter(\.isSecret).map(\.environmentVariable)))
      ),
      InMemoryProvider(name: "file", values: Dictionary(uniqueKeysWithValues: values)),
    ])
  }

  /// The value of a key in the source that counts, and which that is. Everything is read as strings: the reader's typed methods
  /// take a value of the wrong type for an absent one.
  func value(for key: ConfigurationKey) -> (value: RawValue, source: ValueSource)? {
    let configKey = ConfigKey(key.components)
    let variable = key.environmentVariable
    if environment[variable] != nil {
      return reader.string(forKey: configKey, isSecret: key.isSecret).map { text in
        // Split here, since the provider trims the elements, and white space around them is to be refused.
        let elements = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        return (key.binding.shape.isList ? .list(elements) : .text(text), .environment(variable: variable))
      }
    }
    if key.binding.shape.isList {
      return reader.stringArray(forKey: configKey, isSecret: key.isSecret).map { (.list($0), .file) }
    }
    return reader.string(forKey: configKey, isSecret: key.isSecret).map { (.text($0), .file) }
  }
}

extension RawValue {
  fileprivate var content: ConfigContent {
    switch self {
    case .text(let text): .string(text)
    case .list(let elements): .stringArray(elements)
    }
  }
}
