import Glibc

/// Reads what the kernel tells about this process under `/proc`. The C calls are marked unsafe for the pointers they take: each gets
/// one that lives and is large enough for the length of its call.
enum ProcessFiles {
  /// `/proc/stat` grows with the number of processors and interrupts.
  private static let maximumFileSize = 1 << 20

  static func readMetrics() -> ProcessMetrics? {
    guard let stat = contents("/proc/self/stat"), let limits = contents("/proc/self/limits") else { return nil }
    let units = ProcessMetrics.Units(
      clockTicksPerSecond: Double(sysconf(Int32(_SC_CLK_TCK))),
      pageSizeBytes: Double(sysconf(Int32(_SC_PAGESIZE)))
    )
    return ProcessMetrics(stat: stat, limits: limits, systemStat: contents("/proc/stat") ?? "", units: units)
  }

  /// How many descriptors are open, not counting the one that counts them.
  static func openFileDescriptorCount() -> Int? {
    guard let directory = unsafe opendir("/proc/self/fd") else { return nil }
    defer { unsafe closedir(directory) }
    var count = 0
    while let entry = unsafe readdir(directory) {
      // "." and "..", the only names here that begin with a dot.
      if unsafe entry.pointee.d_name.0 != CChar(UInt8(ascii: ".")) { count += 1 }
    }
    return count - 1
  }

  private static func contents(_ path: String) -> String? {
    let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 16_384)
    while bytes.count < maximumFileSize {
      let count = unsafe chunk.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count >= 0 else { return nil }
      guard count > 0 else { break }
      bytes += chunk[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
