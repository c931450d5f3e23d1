/// Why a value is refused. The reason never quotes the value, which may be or contain a secret.
struct InvalidValue: Error, Equatable {
  /// A clause that follows the key's path, such as `must not be empty`.
  let reason: String
  /// The part of the value that is at fault, written to follow the key's path: `[1]`, `.ecmwf`, or nothing for the whole.
  var element = ""
}
