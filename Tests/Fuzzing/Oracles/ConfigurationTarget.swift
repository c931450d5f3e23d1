import ServiceConfiguration

/// A configuration that loads prints as one that loads and prints the same; one that does not has its faults said, each on a line.
func checkConfiguration(_ bytes: [UInt8]) throws {
  guard let text = String(validating: bytes, as: UTF8.self) else { return }
  let configuration: ServiceConfiguration
  do throws(ConfigurationError) {
    configuration = try load(text)
  } catch {
    try require(!error.faults.isEmpty, "it is refused without a fault")
    try require(!error.faults.contains { $0.reason.isEmpty }, "a fault has no reason")
    let lines = error.description.split(separator: "\n", omittingEmptySubsequences: false)
    try require(lines.count == error.faults.count, "the faults are not one to a line: \(error)")
    return
  }
  // The password stands in the text beside the file that it came from, and together they are refused.
  guard configuration.ecpds.passwordFile == nil, configuration.amqp.passwordFile == nil else { return }
  let printed = configuration.redactedYAML()
  let again: String
  do throws(ConfigurationError) {
    again = try load(printed).redactedYAML()
  } catch {
    throw Finding(description: "what was printed does not load: \(error)\n\(printed)")
  }
  try require(withoutComments(again) == withoutComments(printed), "what was printed is not what was read:\n\(printed)\n\(again)")
}

private func load(_ text: String) throws(ConfigurationError) -> ServiceConfiguration {
  try ServiceConfiguration.load(parsing: text, file: "worker.yaml", environment: [:])
}

/// The comment that ends each value's line says where the value came from, which differs.
private func withoutComments(_ yaml: String) -> [Substring] {
  yaml.split(separator: "\n").map { line in
    line.ranges(of: "  # ").last.map { line[..<$0.lowerBound] } ?? line
  }
}
