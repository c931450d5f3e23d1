internal import Foundation
internal import StrictJSON

/// The keys that were asked for, one after the other.
struct Trace {
  /// The different keys, in the order of their first requests.
  let keys: [ExactString]
  /// The requests, as indices of `keys`.
  let requests: [Int32]

  /// Reads a file, decompressed if it is a gzip file.
  init(readingFile path: String) throws(TraceError) {
    guard let contents = FileManager.default.contents(atPath: path) else {
      var isDirectory: ObjCBool = false
      // Safe: the flag outlives the call.
      let exists = unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory)
      throw TraceError(message: !exists ? "no such file" : isDirectory.boolValue ? "is a directory" : "cannot be read")
    }
    let isCompressed = contents.starts(with: [0x1F, 0x8B])
    try self.init(Array(isCompressed ? Self.decompressedContents(ofFile: path) : contents))
  }

  /// Reads one key a line. Blank lines and white space around a key count for nothing.
  init(_ text: [UInt8]) throws(TraceError) {
    var keys: [ExactString] = []
    var requests: [Int32] = []
    var indices: [ExactString: Int32] = [:]
    for (number, line) in text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
      let content = Self.trimmed(line)
      guard !content.isEmpty else { continue }
      guard let string = String(validating: content, as: UTF8.self) else {
        throw TraceError(message: "line \(number + 1) is not UTF-8: not a trace of one key a line")
      }
      let key = ExactString(string)
      let index = indices[key] ?? Int32(keys.count)
      if Int(index) == keys.count {
        keys.append(key)
        indices[key] = index
      }
      requests.append(index)
    }
    guard !requests.isEmpty else { throw TraceError(message: "holds no key") }
    self.keys = keys
    self.requests = requests
  }

  private static func trimmed(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    func isWhiteSpace(_ byte: UInt8) -> Bool { byte == UInt8(ascii: " ") || (0x09...0x0D).contains(byte) }
    guard let last = line.lastIndex(where: { !isWhiteSpace($0) }) else { return [] }
    return line[...last].drop(while: isWhiteSpace)
  }

  /// What `gzip` makes of the file. Foundation has no decompression of its own here.
  private static func decompressedContents(ofFile path: String) throws(TraceError) -> Data {
    let gzip = Process()
    let output = Pipe()
    gzip.executableURL = URL(filePath: "/usr/bin/env")
    gzip.arguments = ["gzip", "--decompress", "--stdout"]
    gzip.standardOutput = output
    gzip.standardError = FileHandle.nullDevice
    do {
      gzip.standardInput = try FileHandle(forReadingFrom: URL(filePath: path))
      try gzip.run()
      let contents = try output.fileHandleForReading.readToEnd() ?? Data()
      gzip.waitUntilExit()
      guard gzip.terminationStatus == 0 else { throw CocoaError(.fileReadCorruptFile) }
      return contents
    } catch {
      throw TraceError(message: "cannot be decompressed by gzip")
    }
  }
}

/// Why a file is no trace.
struct TraceError: Error {
  /// What is wrong with the file, without its name.
  let message: String
}
