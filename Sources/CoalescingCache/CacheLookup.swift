/// How a lookup came by its result.
public enum CacheOutcome: Sendable, Hashable {
  /// The value was stored and had not expired.
  case hit
  /// Another lookup's load was under way; this one waited for it.
  case missCoalesced
  /// This lookup's load ran.
  case missFetched
}

/// What a lookup yields.
public struct CacheLookup<Value: Sendable, Failure: Error>: Sendable {
  /// The value, or the load's failure, which is never stored.
  public let result: Result<Value, Failure>
  /// How the result was come by, whether it is a value or a failure.
  public let outcome: CacheOutcome

  @inlinable
  public init(result: Result<Value, Failure>, outcome: CacheOutcome) {
    self.result = result
    self.outcome = outcome
  }
}

extension CacheLookup: Equatable where Value: Equatable, Failure: Equatable {}

/// Why a lookup that found nothing stored did not wait for a load.
public enum CacheLookupError: Error, Sendable, Hashable {
  /// The caller's task was cancelled.
  case cancelled
  /// As many lookups as may wait do so already.
  case tooManyWaiters
  /// The caller said, when it was asked, that it no longer wants the value.
  case unwanted
}
