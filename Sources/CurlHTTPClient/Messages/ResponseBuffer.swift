/// Collects a response and refuses more than is allowed.
struct ResponseBuffer {
  enum Overflow: Equatable {
    case header(limit: Int)
    case body(limit: Int)
  }

  /// libcurl limits one header line, and only from 8.3 on all of them together.
  static let maximumHeaderByteCount = 64 * 1024

  private(set) var body: [UInt8] = []
  /// What was too long, where something was.
  private(set) var overflow: Overflow?
  private var headerByteCount = 0
  private let maximumBodyByteCount: Int

  init(maximumBodyByteCount: Int) {
    self.maximumBodyByteCount = maximumBodyByteCount
  }

  /// Counts a header line; false when there were too many bytes of them.
  mutating func receiveHeader(byteCount: Int) -> Bool {
    headerByteCount += byteCount
    if headerByteCount > Self.maximumHeaderByteCount { overflow = .header(limit: Self.maximumHeaderByteCount) }
    return overflow == nil
  }

  /// Appends a piece of the body; false when the body is too long, and then nothing of the piece is kept.
  mutating func receiveBody(_ piece: UnsafeRawBufferPointer) -> Bool {
    if piece.count > maximumBodyByteCount - body.count { overflow = .body(limit: maximumBodyByteCount) }
    guard overflow == nil else { return false }
    body.append(contentsOf: piece)
    return true
  }
}
