/// One thing that is wrong with a configuration. It never quotes a value.
public struct ConfigurationFault: Error, Sendable, Equatable {
  /// The key, such as `ecpds.servers[1]`; empty where the file as a whole is at fault.
  public let keyPath: String
  /// What is wrong, as a clause that follows the key: `must not be empty`.
  public let reason: String
  /// The line of the file, from 1, where the value stands.
  public let line: Int?
  /// The environment variable that the value came from.
  public let variable: String?

  init(keyPath: String, reason: String, line: Int? = nil, variable: String? = nil) {
    self.keyPath = keyPath
    self.reason = reason
    self.line = line
    self.variable = variable
  }
}

/// Everything that is wrong with a configuration, all at once.
public struct ConfigurationError: Error, Sendable, Equatable {
  /// The path of the configuration file, as it was given.
  public let file: String
  /// In the order of the file's lines; what is missing, and what came from the environment, follows.
  public let faults: [ConfigurationFault]
}

extension ConfigurationError: CustomStringConvertible {
  /// One line for each fault: `worker.yaml:12: ecpds.servers[1]: must have the scheme https`.
  public var description: String {
    faults.map { fault in
      let place = fault.variable.map { "environment \($0)" } ?? fault.line.map { "\(file):\($0)" } ?? file
      return [place, fault.keyPath, fault.reason].filter { !$0.isEmpty }.joined(separator: ": ")
    }.joined(separator: "\n")
  }
}
