import RabbitMQClient
import ServiceConfiguration

extension SessionIntake.Settings {
  init(_ configuration: ServiceConfiguration.AMQP) {
    self.init(
      requestQueue: ShortString(configuration.requestQueue),
      prefetchCount: UInt16(clamping: configuration.prefetchCount),
      deliveryLimit: configuration.deliveryLimit,
      brokerCountsLosses: configuration.queueType == .quorum
    )
  }
}

extension RequestHandler.Settings {
  init(_ configuration: ServiceConfiguration.Worker) {
    self.init(maximumRequestAge: configuration.maximumRequestAge, probesRequesters: configuration.probesRequesters)
  }
}
