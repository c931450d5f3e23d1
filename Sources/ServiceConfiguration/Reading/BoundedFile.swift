import Foundation
import Glibc

/// Files that are read whole, up to a limit.
enum BoundedFile {
  /// The bytes of a file, or why there are none. The reason does not name the file: a secret may stand where its path belongs.
  static func read(_ path: String, limit: Int) throws(InvalidValue) -> [UInt8] {
    let bytes: [UInt8]
    do {
      let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
      defer { try? file.close() }
      bytes = Array(try file.read(upToCount: limit + 1) ?? Data())
    } catch {
      throw InvalidValue(reason: "cannot be read: \(explanation(of: error))")
    }
    guard bytes.count <= limit else { throw InvalidValue(reason: "must not be larger than \(limit / 1024) KiB") }
    return bytes
  }

  /// The same for a file that has been read before. A pipe, such as a shell's `<(…)`, gives what it holds only once, and whoever opens
  /// it again waits for ever.
  static func readAgain(_ path: String, limit: Int) throws(InvalidValue) -> [UInt8] {
    if let version = FileVersion(of: path), !version.isRegularFile {
      throw InvalidValue(reason: "is not a regular file, and can be read only once")
    }
    return try read(path, limit: limit)
  }

  /// The system's words for an error. Foundation wraps the error number, sometimes twice.
  private static func explanation(of error: any Error) -> String {
    let error = error as NSError
    if let cause = error.userInfo[NSUnderlyingErrorKey] as? NSError { return explanation(of: cause) }
    return error.localizedFailureReason ?? error.localizedDescription
  }
}
