/// One key of the configuration file.
struct ConfigurationKey: Sendable {
  /// The names from the top of the file down, joined by dots.
  let path: String
  let binding: ValueBinding
  /// One sentence for operators, without its full stop.
  let meaning: String
  var isRequired = false
  var isSecret = false

  /// The variable that overrides the key: `ecpds.password` is `ECPDS_PASSWORD`.
  var environmentVariable: String {
    path.replacing(".", with: "_").uppercased()
  }

  /// The names from the top of the file down.
  var components: [String] {
    path.split(separator: ".").map(String.init)
  }
}

extension ConfigurationKey {
  /// The paths of the sections that hold keys: `amqp`, `amqp.tls` and so on.
  static let sections = Set(
    all.flatMap { key in key.components.indices.dropFirst().map { key.components.prefix($0).joined(separator: ".") } }
  )
}
