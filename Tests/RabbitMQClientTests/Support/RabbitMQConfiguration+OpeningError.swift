import EventLoop
import RabbitMQClient
import Testing

extension RabbitMQConfiguration {
  /// Why a connection by this configuration cannot be opened, which a test wants to be so.
  func openingError(sourceLocation: SourceLocation = #_sourceLocation) async -> RabbitMQError? {
    await #expect(throws: RabbitMQError.self, sourceLocation: sourceLocation) {
      let loop = try EventLoop(name: "test")
      return try await RabbitMQConnection.open(self, plan: ChannelPlan(), maximumBodyByteCount: 1, on: loop)
    }
  }
}
