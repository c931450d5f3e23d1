import NIOCore
import NIOPosix

@testable import ECPDSSimulator

/// What came back over TCP.
struct RawResponse: Equatable {
  var status: Int
  var headers: [String: String]
  var body: [UInt8]

  var text: String { String(decoding: body, as: UTF8.self) }
}

/// A TCP connection that hides nothing of what the server does with it.
struct RawConnection {
  private let outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>
  private var chunks: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
  private var received: [UInt8] = []

  /// Starts a simulator, connects to it, and ends both after `body`.
  static func withConnection(
    pathPrefix: String = "",
    _ body: (inout RawConnection) async throws -> Void
  ) async throws {
    let server = try await SimulatorServer.start(host: "127.0.0.1", port: 0) {
      TestSimulator.makeSimulation(pathPrefix: pathPrefix)
    }
    do {
      let channel = try await ClientBootstrap(group: .singletonMultiThreadedEventLoopGroup)
        .connect(host: "127.0.0.1", port: server.port) { channel in
          channel.eventLoop.makeCompletedFuture {
            try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
          }
        }
      try await channel.executeThenClose { inbound, outbound in
        var connection = RawConnection(outbound: outbound, chunks: inbound.makeAsyncIterator())
        try await body(&connection)
      }
    } catch {
      try await server.shutDown()
      throw error
    }
    try await server.shutDown()
  }

  private init(
    outbound: NIOAsyncChannelOutboundWriter<ByteBuffer>,
    chunks: NIOAsyncChannelInboundStream<ByteBuffer>.AsyncIterator
  ) {
    self.outbound = outbound
    self.chunks = chunks
  }

  func send(_ text: String) async throws {
    try await outbound.write(ByteBuffer(string: text))
  }

  /// Asks for a user's list.
  func sendListRequest(id: String, headers: String = "Authorization: \(TestSimulator.authorization)\r\n") async throws {
    try await send("GET \(TestSimulator.listPath)?id=\(id) HTTP/1.1\r\nHost: test\r\n\(headers)\r\n")
  }

  /// Switches a fault on.
  mutating func setFault(_ fault: String) async throws -> Int {
    try await send("PUT /simulator/faults HTTP/1.1\r\nHost: test\r\nContent-Length: \(fault.utf8.count)\r\n\r\n\(fault)")
    return try await receiveResponse().status
  }

  /// The next response, whose length its head announces.
  mutating func receiveResponse() async throws -> RawResponse {
    var response = try await receiveHead()
    let length = response.headers["content-length"].flatMap { Int($0) } ?? 0
    while received.count < length {
      guard try await receiveChunk() else { throw UnexpectedEnd() }
    }
    response.body = Array(received.prefix(length))
    received.removeFirst(length)
    return response
  }

  /// The next response's status and headers.
  mutating func receiveHead() async throws -> RawResponse {
    let separator = Array("\r\n\r\n".utf8)
    while true {
      if let end = received.firstRange(of: separator) {
        let lines = String(decoding: received[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
        received.removeSubrange(..<end.upperBound)
        let status = lines.first?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        let headers = lines.dropFirst().map { $0.split(separator: ": ", maxSplits: 1).map(String.init) }
        return RawResponse(
          status: status,
          headers: Dictionary(headers.map { ($0[0].lowercased(), $0[1]) }, uniquingKeysWith: { "\($0), \($1)" }),
          body: []
        )
      }
      guard try await receiveChunk() else { throw UnexpectedEnd() }
    }
  }

  /// All that is left, up to the end of the connection.
  mutating func receiveToEnd() async throws -> [UInt8] {
    while try await receiveChunk() {}
    defer { received = [] }
    return received
  }

  /// Passes over what comes, up to and with the marker, and says how much it was.
  mutating func countBytes(through marker: String) async throws -> Int {
    let marker = Array(marker.utf8)
    var count = 0
    while true {
      if received.suffix(marker.count) == marker[...] { return count + received.count }
      let excess = max(0, received.count - marker.count)
      count += excess
      received.removeFirst(excess)
      guard try await receiveChunk() else { throw UnexpectedEnd() }
    }
  }

  private mutating func receiveChunk() async throws -> Bool {
    guard let chunk = try await chunks.next(isolation: #isolation) else { return false }
    received.append(contentsOf: chunk.readableBytesView)
    return true
  }
}

struct UnexpectedEnd: Error {}
