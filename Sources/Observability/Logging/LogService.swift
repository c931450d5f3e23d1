/// What writes a log: the `resource` of OpenTelemetry.
public struct LogService: Sendable, Hashable {
  /// `service.name`.
  public var name: String
  /// `service.version`.
  public var version: String
  /// `service.instance.id`: tells the workers of one deployment apart.
  public var instanceID: String

  public init(name: String = "aviso-ecpds-worker", version: String, instanceID: String) {
    self.name = name
    self.version = version
    self.instanceID = instanceID
  }
}
