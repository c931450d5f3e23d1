import Foundation

/// Files that are read once and whole, up to a limit.
enum BoundedFile {
  /// The bytes of a file, or why there are none. The reason does not name the file: a secret may stand where its path belongs.
  static func read(_ path: String, limit: Int) throws(InvalidValue) -> [UInt8] {
    let bytes = try readPrefix(of: path, count: limit + 1)
    guard bytes.count <= limit else { throw InvalidValue(reason: "must not be larger than \(limit / 1024) KiB") }
    return bytes
  }

  /// Opens the file and reads a byte, since a folder can be opened too.
  static func checkReadable(_ path: String) throws(InvalidValue) {
    _ = try readPrefix(of: path, count: 1)
  }

  private static func readPrefix(of path: String, count: Int) throws(InvalidValue) -> [UInt8] {
    do {
      let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      defer { try? file.close() }
      return Array(try file.read(upToCount: count) ?? Data())
    } catch {
      throw InvalidValue(reason: "cannot be read: \(explanation(of: error))")
    }
  }

  /// The system's words for an error. Foundation wraps the error number, sometimes twice.
  private static func explanation(of error: any Error) -> String {
    let error = error as NSError
    if let cause = error.userInfo[NSUnderlyingErrorKey] as? NSError { return explanation(of: cause) }
    return error.localizedFailureReason ?? error.localizedDescription
  }
}
