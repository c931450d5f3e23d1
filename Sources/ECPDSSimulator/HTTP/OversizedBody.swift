internal import NIOCore

/// A correct answer that is far too long, in chunks that share one buffer.
struct OversizedBody {
  /// What the body has at least: 200 MB.
  static let defaultByteCount = 200_000_000

  private static let record = #"{"name":"OVERSIZED","type":32,"active":true}"#
  private static let start = ByteBuffer(string: #"{"destinationList":["#)
  private static let middle = ByteBuffer(string: String(repeating: record + ",", count: 1024))
  private static let end = ByteBuffer(string: record + #"],"success":"yes"}"#)

  private var isStarted = false
  private var remainingMiddleCount: Int
  private var isEnded = false

  init(byteCount: Int = defaultByteCount) {
    let chunk = Self.middle.readableBytes
    remainingMiddleCount = (byteCount + chunk - 1) / chunk
  }

  /// The next chunk; nil at the end.
  mutating func next() -> ByteBuffer? {
    if !isStarted {
      isStarted = true
      return Self.start
    }
    if remainingMiddleCount > 0 {
      remainingMiddleCount -= 1
      return Self.middle
    }
    if !isEnded {
      isEnded = true
      return Self.end
    }
    return nil
  }
}
