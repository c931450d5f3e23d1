internal import Foundation

/// How much of the process is in memory.
enum ResidentMemory {
  struct Unreadable: Error, CustomStringConvertible {
    var description: String { "/proc/self/status does not tell the resident memory" }
  }

  /// As Linux tells it.
  static func byteCount() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    guard let field = line?.split(whereSeparator: \.isWhitespace).dropFirst().first, let kibibytes = Int(field) else {
      throw Unreadable()
    }
    return kibibytes * 1024
  }
}
