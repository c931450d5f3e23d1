import Authorization
import Logging

/// The worker's own events, beside those of the decision.
extension Logger.Event {
  static let configLoaded = Self("config.loaded", .info, "Configuration loaded")
  static let configReloaded = Self("config.reloaded", .info, "Files of the configuration read again")
  static let configReloadFailed = Self(
    "config.reload_failed",
    .warning,
    "A file of the configuration cannot be used as it is now"
  )
  static let workerStarted = Self("worker.started", .info, "Worker started")
  static let httpListening = Self("worker.http.listening", .info, "Serving metrics and health")
  static let workerDraining = Self("worker.draining", .info, "Worker drains: no new requests")
  static let workerDrained = Self("worker.drained", .info, "Every request in hand is answered")
  static let workerDrainTimedOut = Self(
    "worker.drain_timed_out",
    .warning,
    "Time to drain is up: the rest goes back to the queue"
  )
  static let workerStopped = Self("worker.stopped", .info, "Worker stopped")
  static let connectionEstablished = Self("amqp.connection.established", .info, "Consuming requests")
  static let connectionFailed = Self("amqp.connection.failed", .warning, "Cannot connect to the broker, trying again")
  static let connectionRetried = Self("amqp.connection.retried", .debug, "Still no connection to the broker")
  static let connectionLost = Self("amqp.connection.lost", .warning, "Connection to the broker lost, connecting again")
  static let connectionBlocked = Self("amqp.connection.blocked", .warning, "The broker takes no replies for now")
  static let connectionUnblocked = Self("amqp.connection.unblocked", .info, "The broker takes replies again")
  static let requestUnreadable = Self(
    "amqp.request.unreadable",
    .error,
    "A request's properties cannot be read: the broker sets it aside"
  )
  static let replyReturned = Self("amqp.reply.returned", .warning, "Nobody could receive the reply")
  static let requestSetAside = Self(
    "amqp.request.set_aside",
    .warning,
    "A request that its workers did not survive is set aside, unopened"
  )
  static let deadLetterFailed = Self(
    "amqp.dead_letter.failed",
    .error,
    "No copy for the dead-letter queue: the broker sets it aside"
  )
}

extension Logger.AttributeKey {
  static let address: Self = "address"
  static let servers: Self = "servers"
  static let partialOutagePolicy: Self = "partial_outage_policy"
  static let replyTo: Self = "reply_to"
  static let broker: Self = "broker"
  static let queue: Self = "queue"
  static let attempts: Self = "attempts"
  static let retryInSeconds: Self = "retry_in_seconds"
  static let inFlight: Self = "in_flight"
  static let version: Self = "version"
  static let trigger: Self = "trigger"
  static let key: Self = "key"
  static let changed: Self = "changed"
}
