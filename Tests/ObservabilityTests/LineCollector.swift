import NIOConcurrencyHelpers

/// Takes the lines of a handler.
final class LineCollector: Sendable {
  private let collected = NIOLockedValueBox<[String]>([])

  var lines: [String] { collected.withLockedValue { $0 } }

  func write(_ line: [UInt8]) {
    collected.withLockedValue { $0.append(String(decoding: line, as: UTF8.self)) }
  }
}
