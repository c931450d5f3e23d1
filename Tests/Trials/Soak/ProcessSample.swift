import Foundation

/// What a process uses at a moment.
package struct ProcessSample: Sendable, Equatable {
  package var residentBytes: Int
  package var openFiles: Int
  package var threads: Int

  package init(residentBytes: Int, openFiles: Int, threads: Int) {
    self.residentBytes = residentBytes
    self.openFiles = openFiles
    self.threads = threads
  }

  /// From `/proc`; nil where there is no such process.
  init?(processIdentifier: Int32) {
    let folder = "/proc/\(processIdentifier)"
    guard let status = try? String(contentsOfFile: "\(folder)/status", encoding: .utf8),
      let files = try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/fd"),
      let residentKilobytes = Self.number("VmRSS", in: status),
      let threads = Self.number("Threads", in: status)
    else { return nil }
    self.init(residentBytes: residentKilobytes * 1024, openFiles: files.count, threads: threads)
  }

  /// The number in a line such as `VmRSS:     41 kB`.
  static func number(_ name: String, in status: String) -> Int? {
    status.split(separator: "\n").first { $0.hasPrefix(name + ":") }
      .flatMap { $0.dropFirst(name.count + 1).split(whereSeparator: \.isWhitespace).first }
      .flatMap { Int($0) }
  }
}
