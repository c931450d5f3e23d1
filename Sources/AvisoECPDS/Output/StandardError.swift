import Foundation

/// Messages for people, beside the output that programs read.
enum StandardError {
  static func print(_ message: String) {
    write(message + "\n")
  }

  /// Without an end of the line.
  static func write(_ text: String) {
    FileHandle.standardError.write(Data(text.utf8))
  }
}
