import Foundation

/// Publishes messages whose properties are given as bytes, as no client library would write them. A connection of its own for each, by
/// a blocking socket on a thread of its own.
package enum RawAMQP {
  /// Publishes to the default exchange and waits for the confirm.
  ///
  /// - Throws: `Refused` where the broker closes the channel or the connection instead.
  package static func publish(
    port: Int,
    virtualHost: String,
    to queue: String,
    _ properties: RawProperties,
    body: [UInt8]
  ) async throws {
    try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
      Thread.detachNewThread {
        continuation.resume(with: Result { try exchange(port, virtualHost, queue, properties, body) })
      }
    }
  }

  package struct Refused: Error {
    package let method: [UInt8]
  }

  private static func exchange(
    _ port: Int,
    _ virtualHost: String,
    _ queue: String,
    _ properties: RawProperties,
    _ body: [UInt8]
  ) throws {
    let connection = FileHandle(fileDescriptor: try Loopback.connect(to: port), closeOnDealloc: true)
    func call(_ output: [UInt8], answeredBy classID: UInt8, _ methodID: UInt8) throws {
      try connection.write(contentsOf: Data(output))
      while case let method = try readMethod(connection), method.prefix(4) != [0, classID, 0, methodID] {
        let isClose = method.starts(with: [0, 10, 0, 50]) || method.starts(with: [0, 20, 0, 40])
        if isClose { throw Refused(method: method) }
      }
    }
    let startOK = [0, 0, 0, 0] + short("PLAIN") + long(Array("\0guest\0guest".utf8)) + short("en_US")
    try call(Array("AMQP".utf8) + [0, 0, 9, 1], answeredBy: 10, 10)
    try call(method(10, 11, channel: 0, startOK), answeredBy: 10, 30)
    let tuneOK = method(10, 31, channel: 0, [0, 1, 0, 2, 0, 0, 0, 0])
    try call(tuneOK + method(10, 40, channel: 0, short(virtualHost) + short("") + [0]), answeredBy: 10, 41)
    try call(method(20, 10, channel: 1, short("")), answeredBy: 20, 11)
    try call(method(85, 10, channel: 1, [0]), answeredBy: 85, 11)
    var message = method(60, 40, channel: 1, [0, 0] + short("") + short(queue) + [0])
    message += frame(2, channel: 1, [0, 60, 0, 0] + bigEndian(UInt64(body.count)) + properties.encoded)
    for start in stride(from: 0, to: body.count, by: 100_000) {
      message += frame(3, channel: 1, Array(body[start..<min(start + 100_000, body.count)]))
    }
    try call(message, answeredBy: 60, 80)
  }

  /// The class, the method and its arguments; other frames are passed over.
  static func readMethod(_ connection: FileHandle) throws -> [UInt8] {
    func read(_ count: Int) throws -> [UInt8] {
      guard let data = try connection.read(upToCount: count), data.count == count else { throw POSIXError(.ECONNRESET) }
      return Array(data)
    }
    while true {
      let head = try read(7)
      let payload = try read(head[3...].reduce(0) { $0 << 8 | Int($1) } + 1)
      if head[0] == 1 { return payload.dropLast() }
    }
  }

  static func method(_ classID: UInt8, _ methodID: UInt8, channel: UInt8, _ arguments: [UInt8]) -> [UInt8] {
    frame(1, channel: channel, [0, classID, 0, methodID] + arguments)
  }

  private static func frame(_ type: UInt8, channel: UInt8, _ payload: [UInt8]) -> [UInt8] {
    [type, 0, channel] + bigEndian(UInt32(payload.count)) + payload + [0xCE]
  }

  static func short(_ text: String) -> [UInt8] { [UInt8(text.utf8.count)] + Array(text.utf8) }
}

/// The properties of a message, in bytes that nothing checks.
package struct RawProperties: Sendable {
  package var contentType: [UInt8]? = Array("application/json".utf8)
  package var contentEncoding: [UInt8]?
  /// The entries of the header table, without its size.
  package var headers: [UInt8]?
  package var priority: UInt8?
  package var correlationID: [UInt8]?
  package var replyTo: [UInt8]?
  package var timestamp: UInt64?

  package init() {}

  var encoded: [UInt8] {
    var flags: UInt16 = 0
    var list: [UInt8] = []
    func add(_ bit: UInt16, _ bytes: [UInt8]?) {
      guard let bytes else { return }
      flags |= 1 << bit
      list += bytes
    }
    func short(_ bytes: [UInt8]?) -> [UInt8]? { bytes.map { [UInt8($0.count)] + $0 } }
    add(15, short(contentType))
    add(14, short(contentEncoding))
    add(13, headers.map(long))
    add(11, priority.map { [$0] })
    add(10, short(correlationID))
    add(9, short(replyTo))
    add(6, timestamp.map(bigEndian))
    return [UInt8(flags >> 8), UInt8(flags & 0xFF)] + list
  }

  /// Headers of one entry: arrays (`A`) or tables (`F`) in one another.
  package static func nested(_ kind: Character, depth: Int) -> [UInt8] {
    let isTable = kind == "F"
    // A table in a table has an empty key of one byte before it.
    var remaining = depth * (isTable ? 6 : 5) - (isTable ? 1 : 0)
    var bytes: [UInt8] = [0]
    for level in 1...depth {
      remaining -= 5
      bytes += [kind.asciiValue ?? 0] + bigEndian(UInt32(remaining))
      if isTable, level < depth {
        bytes.append(0)
        remaining -= 1
      }
    }
    return bytes
  }

  /// One entry of a header table: a name, and a value with its type before it.
  package static func entry(_ name: String, _ value: [UInt8]) -> [UInt8] {
    [UInt8(name.utf8.count)] + Array(name.utf8) + value
  }

  /// A long string, as a value.
  package static func string(_ bytes: [UInt8]) -> [UInt8] { [UInt8(ascii: "S")] + long(bytes) }
}

private func long(_ bytes: [UInt8]) -> [UInt8] { bigEndian(UInt32(bytes.count)) + bytes }

private func bigEndian(_ value: some FixedWidthInteger) -> [UInt8] {
  withUnsafeBytes(of: value.bigEndian) { Array($0) }
}
