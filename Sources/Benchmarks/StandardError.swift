internal import Foundation

/// Messages for people, beside the output that programs read.
enum StandardError {
  static func print(_ message: String) {
    FileHandle.standardError.write(Data((message + "\n").utf8))
  }
}
