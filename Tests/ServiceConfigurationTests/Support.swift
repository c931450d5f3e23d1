import Foundation
import Testing

@testable import ServiceConfiguration

/// The required keys, as lines below `ecpds:`.
let requiredKeys = [
  "username": "service-account", "password": "hunter2-secret", "servers": "[https://monitor.example]", "match_key": "destination",
]

/// A configuration file that holds the required keys, changed by `ecpds` (a key whose value is `nil` is left out) and followed by
/// `rest`.
func yaml(ecpds changes: [String: String?] = [:], _ rest: String = "") -> String {
  var keys = requiredKeys.mapValues(Optional.some)
  for (key, value) in changes { keys.updateValue(value, forKey: key) }
  let lines = keys.sorted { $0.key < $1.key }.compactMap { key, value in value.map { "  \(key): \($0)\n" } }
  return "ecpds:\n" + lines.joined() + rest
}

func load(_ text: String, _ environment: [String: String] = [:]) throws(ConfigurationError) -> ServiceConfiguration {
  try ServiceConfiguration.load(parsing: text, file: "worker.yaml", environment: environment)
}

/// The faults of a configuration, or none where it loads.
func faults(_ text: String, _ environment: [String: String] = [:]) -> [ConfigurationFault] {
  do throws(ConfigurationError) {
    _ = try load(text, environment)
    return []
  } catch {
    return error.faults
  }
}

/// `key: reason` for each fault.
func complaints(_ text: String, _ environment: [String: String] = [:]) -> [String] {
  faults(text, environment).map { $0.keyPath.isEmpty ? $0.reason : "\($0.keyPath): \($0.reason)" }
}

/// A file that passes for certificates and for a key: each block is Base64 of a DER sequence.
let pem = """
  -----BEGIN CERTIFICATE-----
  MAEA
  -----END CERTIFICATE-----
  -----BEGIN PRIVATE KEY-----
  MAEA
  -----END PRIVATE KEY-----

  """

/// Runs `body` with a folder that is removed afterwards.
func withTemporaryFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("service-configuration-" + UUID().uuidString)
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  return try body(folder.path)
}

/// Runs `body` with the path of a file that holds `content`.
func withFile<Result>(_ content: some Sequence<UInt8>, _ body: (String) throws -> Result) throws -> Result {
  try withTemporaryFolder { folder in
    let path = folder + "/file"
    try Data(content).write(to: URL(fileURLWithPath: path))
    return try body(path)
  }
}

/// Runs `body` with the path of a folder that holds files with these names and contents.
func withFiles<Result>(_ contents: [String: String], _ body: (String) throws -> Result) throws -> Result {
  try withTemporaryFolder { folder in
    for (name, content) in contents { try write(content, to: folder + "/" + name) }
    return try body(folder)
  }
}

func write(_ content: String, to path: String) throws {
  try Data(content.utf8).write(to: URL(fileURLWithPath: path))
}
