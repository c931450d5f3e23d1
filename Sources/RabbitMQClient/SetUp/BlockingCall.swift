import EventLoop
import Glibc

/// A call that waits for the broker, on a thread of its own: it must hold up neither the loop nor Swift's pool.
enum BlockingCall {
  /// - Throws: `RabbitMQError` when the system has no thread left.
  static func run<Value: Sendable>(_ body: @escaping @Sendable () -> Value) async throws(RabbitMQError) -> Value {
    let result: Result<Value, RabbitMQError> = await withCheckedContinuation { continuation in
      do throws(EventLoopError) {
        let thread = try SystemThread.start(name: "rabbitmq-set-up") { continuation.resume(returning: .success(body())) }
        pthread_detach(pthread_t(thread))
      } catch {
        continuation.resume(returning: .failure(RabbitMQError(.internalError, "\(error)")))
      }
    }
    return try result.get()
  }
}
