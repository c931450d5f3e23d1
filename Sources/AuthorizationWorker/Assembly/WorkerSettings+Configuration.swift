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
  init(_ configuration: ServiceConfiguration) {
    self.init(
      maximumRequestAge: configuration.worker.maximumRequestAge,
      maximumProbeCount: configuration.worker.probesRequesters ? configuration.maximumWaitingCount : 0
    )
  }
}
