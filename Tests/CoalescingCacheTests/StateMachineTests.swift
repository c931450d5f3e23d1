import Testing

@testable import CoalescingCache

@Suite("Flights, sketch, index and lists by themselves")
struct StateMachineTests {
  @Test("A flight lands with its waiters in their order, and leaves nothing behind")
  func flightLands() throws {
    var flights = Flights<String, Int, String>()
    var flightIDs: [Flights<String, Int, String>.FlightID] = []
    for waiter in 0..<3 {
      let waiterID = flights.makeWaiterID()
      flights.join(key: "alice", waiterID: waiterID, waiter: waiter) { flightID in
        flightIDs.append(flightID)
        return "load"
      }
    }
    #expect(flightIDs.count == 1)
    let landed = flights.land(flightIDs[0])
    let landing = try #require(landed)
    #expect(landing.waiters.map(\.waiter) == [0, 1, 2])
    #expect(landing.waiters.map(\.isStarter) == [true, false, false])
    #expect(landing.isValueToBeStored)
    let landedAgain = flights.land(flightIDs[0])
    #expect(landedAgain?.isValueToBeStored == nil)
    #expect(flights.isEmpty)
  }

  @Test("Only the last waiter to leave abandons the load; who has left or landed cannot leave again")
  func waitersLeave() {
    var flights = Flights<String, Int, String>()
    let waiterIDs = (0..<2).map { _ in flights.makeWaiterID() }
    for (waiter, waiterID) in waiterIDs.enumerated() {
      flights.join(key: "alice", waiterID: waiterID, waiter: waiter) { _ in "load" }
    }
    let departures = [flights.leave(waiterIDs[0]), flights.leave(waiterIDs[0]), flights.leave(waiterIDs[1])]
    #expect(departures.map { $0?.waiter } == [0, nil, 1])
    #expect(departures.map { $0?.abandonedLoad } == [nil, nil, "load"])
    #expect(flights.isEmpty)
  }

  @Test("A detached flight lands without storing, beside the one begun after it")
  func detachedFlight() throws {
    var flights = Flights<String, Int, Int>()
    var flightIDs: [Flights<String, Int, Int>.FlightID] = []
    for waiter in 0..<2 {
      let waiterID = flights.makeWaiterID()
      flights.join(key: "alice", waiterID: waiterID, waiter: waiter) { flightID in
        flightIDs.append(flightID)
        return waiter
      }
      if waiter == 0 { flights.detach(key: "alice") }
    }
    try #require(flightIDs.count == 2)
    let landings = flightIDs.map { flights.land($0) }
    #expect(landings.map { $0?.isValueToBeStored } == [false, true])
    #expect(flights.isEmpty)
  }

  @Test("The sketch counts up to fifteen and never underestimates")
  func sketchCounts() {
    var sketch = FrequencySketch(capacity: 1024)
    for hash in 0..<20 as Range<UInt32> {
      for _ in 0..<hash { sketch.increment(hash: hash &* 0x9E37_79B9) }
    }
    for hash in 0..<20 as Range<UInt32> {
      #expect(sketch.frequency(ofHash: hash &* 0x9E37_79B9) >= min(Int(hash), FrequencySketch.maximumFrequency))
    }
    #expect(sketch.frequency(ofHash: 12 &* 0x9E37_79B9) == 12)
    #expect(sketch.frequency(ofHash: 0xDEAD_BEEF) == 0)
  }

  @Test("The sketch halves every count after ten requests for each key of its capacity")
  func sketchAges() {
    var sketch = FrequencySketch(capacity: 64)
    for _ in 0..<12 { sketch.increment(hash: 77) }
    var random = SeededGenerator(state: 3)
    var others = 0
    while sketch.frequency(ofHash: 77) >= 12, others < 10_000 {
      sketch.increment(hash: UInt32(truncatingIfNeeded: random.next()))
      others += 1
    }
    #expect(others >= 640 - 12)
    #expect(others < 900)
    #expect((6...8).contains(sketch.frequency(ofHash: 77)))
  }

  @Test("The sketch keeps its estimates when it grows")
  func sketchGrows() {
    var sketch = FrequencySketch(capacity: 64)
    for hash in 1...9 as ClosedRange<UInt32> {
      for _ in 0..<hash { sketch.increment(hash: hash &* 0x85EB_CA6B) }
    }
    let before = (1...9).map { sketch.frequency(ofHash: UInt32($0) &* 0x85EB_CA6B) }
    sketch.grow(toCapacity: 4096)
    #expect((1...9).map { sketch.frequency(ofHash: UInt32($0) &* 0x85EB_CA6B) } == before)
  }

  @Test("The index finds what is in it and nothing else, under colliding hashes, growth and removals")
  func indexAgreesWithModel() {
    var random = SeededGenerator(state: 9)
    var index = SlotIndex()
    var hashes: [Int32: UInt32] = [:]
    for step in 0..<20_000 {
      let slot = Int32.random(in: 0..<300, using: &random)
      if let hash = hashes[slot] {
        #expect(index.slot(hash: hash) { $0 == slot } == slot)
        index.remove(slot, hash: hash)
        hashes[slot] = nil
        #expect(index.slot(hash: hash) { $0 == slot } == nil)
      } else {
        let hash = UInt32.random(in: 0..<100, using: &random) &* (step.isMultiple(of: 2) ? 1 : 0x0100_0000)
        index.insert(slot, hash: hash)
        hashes[slot] = hash
      }
    }
    for (slot, hash) in hashes { #expect(index.slot(hash: hash) { $0 == slot } == slot) }
  }
}
