import NIOCore
import NIOPosix

@testable import Observability

/// A TCP client that sends bytes as they are.
enum RawHTTP {
  typealias Connection = NIOAsyncChannel<ByteBuffer, ByteBuffer>

  static func connect(to endpoint: NetworkEndpoint) async throws -> Connection {
    try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).connect(host: endpoint.host, port: endpoint.port) {
      channel in
      channel.eventLoop.makeCompletedFuture {
        try Connection(wrappingChannelSynchronously: channel)
      }
    }
  }

  /// Sends `request` and returns everything up to the end of the connection.
  static func exchange(_ request: String, with endpoint: NetworkEndpoint) async throws -> String {
    try await connect(to: endpoint).executeThenClose { inbound, outbound in
      try await outbound.write(ByteBuffer(string: request))
      return try await readToEnd(inbound)
    }
  }

  static func readToEnd(_ inbound: NIOAsyncChannelInboundStream<ByteBuffer>) async throws -> String {
    var response = ByteBuffer()
    for try await var part in inbound { response.writeBuffer(&part) }
    return String(buffer: response)
  }

  static func request(_ path: String, method: String = "GET", headers: String = "") -> String {
    "\(method) \(path) HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\(headers)\r\n"
  }

  static func response(_ status: String, headers: String = "", contentType: String = "text/plain; charset=utf-8", body: String)
    -> String
  {
    "HTTP/1.1 \(status)\r\nContent-Type: \(contentType)\r\nContent-Length: \(body.utf8.count)\r\n\(headers)Connection: close\r\n\r\n\(body)"
  }
}
