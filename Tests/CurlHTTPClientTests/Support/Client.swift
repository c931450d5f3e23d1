import CurlHTTPClient
import EventLoop
import NIOConcurrencyHelpers
import Testing

/// Runs `body` with a client on a loop of its own, and ends both.
func withClient<Value>(
  caDirectory: String? = nil,
  maximumConnectionsPerHost: Int = 64,
  _ body: (CurlHTTPClient) async throws -> Value
) async throws -> Value {
  let loop = try EventLoop(name: "http")
  let client = try CurlHTTPClient(
    loop: loop,
    configuration: CurlHTTPClient.Configuration(
      caDirectory: caDirectory,
      maximumConnectionsPerHost: maximumConnectionsPerHost,
      userAgent: "test/1"
    )
  )
  let result: Result<Value, any Error>
  do { result = .success(try await body(client)) } catch { result = .failure(error) }
  await client.shutdown()
  loop.shutdown()
  return try result.get()
}

extension CurlHTTPClient {
  func get(_ url: String, trusting authorities: [UInt8]? = nil) async throws -> Response {
    try await execute(Request(url: url, certificateAuthorities: authorities))
  }

  /// The error that the request ends with; records an issue when it ends with a response.
  func failure(of request: Request, sourceLocation: SourceLocation = #_sourceLocation) async -> CurlHTTPError? {
    do throws(CurlHTTPError) {
      let response = try await execute(request)
      Issue.record("there is a response: \(response)", sourceLocation: sourceLocation)
      return nil
    } catch {
      return error
    }
  }
}

extension CurlHTTPClient.Response {
  var text: String { String(decoding: body, as: UTF8.self) }
}

/// Something that happens once or more, to wait for.
final class Signal: Sendable {
  private let stream: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation

  init() {
    (stream, continuation) = AsyncStream.makeStream()
  }

  func send() {
    continuation.yield()
  }

  /// Waits until it has happened as many times as this has been called, and `count - 1` times more.
  func wait(count: Int = 1) async {
    var remaining = count
    for await _ in stream {
      remaining -= 1
      if remaining == 0 { return }
    }
  }
}

/// Keeps exchanges until a test answers them.
final class Held: Sendable {
  private let exchanges = NIOLockedValueBox<[ScriptedServer.Exchange]>([])
  private let arrival = Signal()

  func append(_ exchange: ScriptedServer.Exchange) {
    exchanges.withLockedValue { $0.append(exchange) }
    arrival.send()
  }

  /// Waits for `count` more of them, and returns all so far.
  func wait(count: Int) async -> [ScriptedServer.Exchange] {
    await arrival.wait(count: count)
    return exchanges.withLockedValue { $0 }
  }
}
