/// The loads under way and who waits for each: at most one that can be joined for a key.
///
/// A flight ends when its load does, or when the last waiter leaves. Until then a removal or an insertion can *detach* it from its key: its
/// waiters still get the result, but nobody joins it any more and its value is not to be stored.
///
/// A state machine: it says whom to resume and what to cancel, and does neither.
struct Flights<Key: Hashable, Waiter, Load> {
  struct FlightID: Hashable, Sendable {
    fileprivate let number: UInt64
  }

  struct WaiterID: Hashable, Sendable {
    fileprivate let number: UInt64
  }

  /// The end of a flight whose load has ended.
  struct Landing {
    /// In the order of their arrival. The starter is the one whose request began the load.
    let waiters: [(waiter: Waiter, isStarter: Bool)]
    let isValueToBeStored: Bool
  }

  /// The departure of one waiter.
  struct Departure {
    let waiter: Waiter
    /// The load to cancel, if this was the last waiter.
    let abandonedLoad: Load?
  }

  private struct Flight {
    let key: Key
    let load: Load
    /// Everyone who ever joined, the starter first.
    var waiterIDs: [WaiterID]
    var waitingCount: Int
  }

  private var flights: [FlightID: Flight] = [:]
  private var joinableFlightIDs: [Key: FlightID] = [:]
  private var waiters: [WaiterID: (waiter: Waiter, flightID: FlightID)] = [:]
  private var latestNumber: UInt64 = 0

  var isEmpty: Bool { flights.isEmpty && joinableFlightIDs.isEmpty && waiters.isEmpty }

  var waiterCount: Int { waiters.count }

  /// Whether a load is under way whose result is for those who ask now.
  func canBeJoined(key: Key) -> Bool { joinableFlightIDs[key] != nil }

  mutating func makeWaiterID() -> WaiterID {
    WaiterID(number: makeNumber())
  }

  /// Adds a waiter to the key's flight, and begins one if there is none.
  ///
  /// - Parameter beginLoad: must not end the load before it returns.
  mutating func join(key: Key, waiterID: WaiterID, waiter: Waiter, beginLoad: (FlightID) -> Load) {
    if let flightID = joinableFlightIDs[key] {
      flights[flightID]?.waiterIDs.append(waiterID)
      flights[flightID]?.waitingCount += 1
      waiters[waiterID] = (waiter, flightID)
    } else {
      let flightID = FlightID(number: makeNumber())
      flights[flightID] = Flight(key: key, load: beginLoad(flightID), waiterIDs: [waiterID], waitingCount: 1)
      joinableFlightIDs[key] = flightID
      waiters[waiterID] = (waiter, flightID)
    }
  }

  /// Ends a flight whose load has ended.
  ///
  /// - Returns: `nil` if everyone had left it before.
  mutating func land(_ flightID: FlightID) -> Landing? {
    guard let flight = flights.removeValue(forKey: flightID) else { return nil }
    let isJoinable = joinableFlightIDs[flight.key] == flightID
    if isJoinable { joinableFlightIDs[flight.key] = nil }
    var landed: [(waiter: Waiter, isStarter: Bool)] = []
    landed.reserveCapacity(flight.waitingCount)
    for (position, waiterID) in flight.waiterIDs.enumerated() {
      guard let (waiter, _) = waiters.removeValue(forKey: waiterID) else { continue }
      landed.append((waiter, isStarter: position == 0))
    }
    return Landing(waiters: landed, isValueToBeStored: isJoinable)
  }

  /// Takes out a waiter that was cancelled, and ends the flight if nobody is left.
  ///
  /// - Returns: `nil` if the waiter has its result already.
  mutating func leave(_ waiterID: WaiterID) -> Departure? {
    guard let (waiter, flightID) = waiters.removeValue(forKey: waiterID) else { return nil }
    flights[flightID]?.waitingCount -= 1
    guard let flight = flights[flightID], flight.waitingCount == 0 else {
      return Departure(waiter: waiter, abandonedLoad: nil)
    }
    flights[flightID] = nil
    if joinableFlightIDs[flight.key] == flightID { joinableFlightIDs[flight.key] = nil }
    return Departure(waiter: waiter, abandonedLoad: flight.load)
  }

  /// Detaches the key's flight, if there is one: what it brings is out of date.
  mutating func detach(key: Key) {
    joinableFlightIDs[key] = nil
  }

  /// Detaches all flights.
  mutating func detachAll() {
    joinableFlightIDs.removeAll()
  }

  private mutating func makeNumber() -> UInt64 {
    latestNumber += 1
    return latestNumber
  }
}
