import RabbitMQClient

/// Where requests come from and answers go, for as long as a session lasts.
protocol RequestSource: RequestChannel {
  /// No delivery comes any more once it returns.
  func stopConsuming() async

  /// Deliveries come again, as many at a time as the count says.
  func resumeConsuming(prefetchCount: UInt16) async
}
