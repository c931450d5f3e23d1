import Authorization
import ServiceConfiguration
import StrictJSON

extension DestinationFetcher.Configuration {
  init(_ configuration: ServiceConfiguration.ECPDS, credentials: RotatingCredentials) {
    self.init(
      servers: configuration.servers,
      credentials: credentials.serviceAccount,
      targetField: ExactString(configuration.targetField),
      partialOutagePolicy: PartialOutagePolicy(configuration.partialOutagePolicy),
      connectTimeout: configuration.connectTimeout,
      requestTimeout: configuration.requestTimeout
    )
  }
}

extension PartialOutagePolicy {
  fileprivate init(_ policy: ServiceConfiguration.ECPDS.PartialOutagePolicy) {
    switch policy {
    case .strict: self = .strict
    case .anySuccess: self = .anySuccess
    }
  }
}
