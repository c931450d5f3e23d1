import Testing

@testable import AuthorizationWorker

/// Drives the intake as a broker and a worker would: takes notes of what it asks for.
private struct Driver {
  typealias Ticket = RequestIntake<String>.Ticket

  var intake: RequestIntake<String>
  /// What is being handled, by name.
  private(set) var handled: [String: Ticket] = [:]
  /// The time that each suspect was given, in order.
  private(set) var patiences: [Duration] = []
  /// What the intake asked for besides, in order.
  private(set) var notes: [String] = []

  init(prefetchCount: UInt16 = 10) {
    intake = RequestIntake(prefetchCount: prefetchCount)
  }

  var inHand: [String] { handled.keys.sorted() }

  mutating func receive(_ name: String, _ suspicion: Suspicion = .none) { perform(intake.receive(name, suspicion)) }
  mutating func finish(_ name: String) throws {
    let ticket = handled.removeValue(forKey: name)
    perform(intake.finish(try #require(ticket)))
  }

  mutating func stoppedTaking() { perform(intake.stoppedTaking()) }
  mutating func patienceEnded() { perform(intake.patienceEnded()) }
  mutating func drain() { perform(intake.drain()) }

  /// The notes since the last call.
  mutating func takeNotes() -> [String] {
    defer { notes = [] }
    return notes
  }

  private mutating func perform(_ actions: [RequestIntake<String>.Action]) {
    for action in actions {
      switch action {
      case .handle(let name, let ticket), .handleAlone(let name, let ticket): handled[name] = ticket
      case .giveUp: notes.append("give up")
      case .stopTaking: notes.append("stop")
      case .take(let count): notes.append("take \(count)")
      case .startPatience(let duration):
        notes.append("start patience")
        patiences.append(duration)
      case .stopPatience: notes.append("stop patience")
      }
    }
  }

  /// A connection whose first requests were no suspects.
  static func wide() -> Driver {
    var driver = Driver()
    driver.receive("first")
    driver.stoppedTaking()
    try? driver.finish("first")
    _ = driver.takeNotes()
    return driver
  }
}

@Suite("Request intake")
struct RequestIntakeTests {
  @Test("a new connection takes one request, and as many as may be in hand once that one is no suspect")
  func opens() {
    var driver = Driver()
    driver.receive("a")
    #expect(driver.inHand == ["a"])
    #expect(driver.takeNotes() == ["stop"])
    driver.stoppedTaking()
    #expect(driver.takeNotes() == ["take 10"])
    driver.receive("b")
    driver.receive("c")
    #expect(driver.inHand == ["a", "b", "c"])
    #expect(driver.intake.inHandCount == 3)
    #expect(driver.takeNotes() == [])
  }

  @Test("with a prefetch count of one there is nothing to widen")
  func prefetchOfOne() throws {
    var driver = Driver(prefetchCount: 1)
    driver.receive("a")
    try driver.finish("a")
    driver.receive("b", .some)
    #expect(driver.inHand == ["b"])
    #expect(driver.takeNotes() == ["start patience"])
  }

  @Test("a new connection handles suspects one after another, each alone, and stays narrow until they are through")
  func suspectsFirst() throws {
    var driver = Driver()
    driver.receive("a", .some)
    #expect(driver.inHand == ["a"])
    try driver.finish("a")
    driver.receive("b", .some)
    #expect(driver.inHand == ["b"])
    try driver.finish("b")
    #expect(driver.takeNotes() == ["start patience", "stop patience", "start patience", "stop patience"])
    driver.receive("c")
    #expect(driver.takeNotes() == ["stop"])
  }

  @Test("a suspect among others waits until no more can come and those in hand are through")
  func suspectWaits() throws {
    var driver = Driver.wide()
    driver.receive("a")
    driver.receive("suspect", .strong)
    driver.receive("b")
    #expect(driver.takeNotes() == ["stop"])
    #expect(driver.inHand == ["a", "b"])
    try driver.finish("a")
    try driver.finish("b")
    #expect(driver.inHand == [])
    driver.stoppedTaking()
    #expect(driver.inHand == ["suspect"])
    try driver.finish("suspect")
    #expect(driver.takeNotes().last == "take 1")
  }

  @Test("several suspects that came at once wait for each other")
  func suspectsQueue() throws {
    var driver = Driver.wide()
    for name in ["a", "b", "c"] { driver.receive(name, .strong) }
    driver.stoppedTaking()
    for name in ["a", "b", "c"] {
      #expect(driver.inHand == [name])
      #expect(driver.takeNotes().contains("take 1") == false)
      try driver.finish(name)
    }
    #expect(driver.takeNotes().last == "take 1")
  }

  @Test("a weak suspect that takes long goes on beside others: it is not alone for ever")
  func patienceWithWeakSuspect() throws {
    var driver = Driver()
    driver.receive("slow", .some)
    #expect(driver.takeNotes() == ["start patience"])
    driver.patienceEnded()
    #expect(driver.takeNotes() == ["stop"])
    driver.stoppedTaking()
    #expect(driver.takeNotes() == ["take 1"])
    driver.receive("next", .some)
    #expect(driver.inHand == ["next", "slow"])
    try driver.finish("next")
    driver.receive("fresh")
    #expect(driver.inHand == ["fresh", "slow"])
  }

  @Test("a weak suspect waits for what is in hand, but not for ever, however often something in hand is finished")
  func patienceWithOthers() throws {
    var driver = Driver.wide()
    driver.receive("slow-1")
    driver.receive("slow-2")
    driver.receive("suspect", .some)
    driver.stoppedTaking()
    #expect(driver.takeNotes() == ["stop", "start patience"])
    try driver.finish("slow-1")
    #expect(driver.takeNotes() == [])
    driver.patienceEnded()
    #expect(driver.inHand == ["slow-2", "suspect"])
  }

  @Test("a strong suspect waits for all before it, and is alone until it is done with: after a while it is given up")
  func patienceWithStrongSuspect() throws {
    var driver = Driver()
    driver.receive("slow", .some)
    driver.patienceEnded()
    driver.stoppedTaking()
    driver.receive("strong", .strong)
    driver.receive("next", .some)
    #expect(driver.inHand == ["slow"])
    _ = driver.takeNotes()
    try driver.finish("slow")
    #expect(driver.inHand == ["strong"])
    #expect(driver.takeNotes() == ["start patience"])
    driver.patienceEnded()
    #expect(driver.takeNotes() == ["give up"])
    #expect(driver.inHand == ["strong"])
    try driver.finish("strong")
    #expect(driver.inHand == ["next"])
  }

  @Test(
    "however many suspects wait for ECPDS, all together are waited for little longer than twice the first",
    arguments: [Suspicion.some, .strong]
  )
  func boundedPatience(suspicion: Suspicion) throws {
    var driver = Driver()
    for number in 1...1000 {
      driver.receive("\(number)", suspicion)
      driver.patienceEnded()
      if suspicion == .strong { try driver.finish("\(number)") }
      driver.stoppedTaking()
    }
    let first = try #require(driver.patiences.first)
    #expect(driver.patiences.count == 1000)
    // A strong one is not given up before an ECPDS that is well has answered.
    let least = suspicion == .strong ? Duration.milliseconds(10) : .zero
    #expect(driver.patiences.min() == least)
    #expect(driver.patiences.reduce(Duration.zero, +) <= first * 2 + least * 1000)
    // The next wave has its own.
    for name in driver.inHand { try driver.finish(name) }
    driver.receive("fresh")
    driver.stoppedTaking()
    driver.receive("suspect", suspicion)
    driver.stoppedTaking()
    try driver.finish("fresh")
    #expect(driver.patiences.last == first)
  }

  @Test("a drain takes nothing more, and finishes suspects too, one after another")
  func drains() throws {
    var driver = Driver.wide()
    driver.receive("a")
    driver.receive("b", .some)
    driver.receive("c", .some)
    driver.drain()
    driver.stoppedTaking()
    #expect(!driver.intake.isDrained)
    for name in ["a", "b", "c"] {
      #expect(driver.inHand == [name])
      try driver.finish(name)
    }
    #expect(driver.intake.isDrained)
    #expect(!driver.takeNotes().contains { $0.hasPrefix("take") })
  }

  @Test("a request that ends its worker each time reaches the limit alone, whatever the number of workers")
  func onlyTheGuiltyReachesTheLimit() throws {
    for seed in 0..<50 as Range<UInt64> {
      var simulation = CrashSimulation(workerCount: 1 + Int(seed % 4), seed: seed)
      simulation.run()
      #expect(simulation.setAside == [CrashSimulation.guilty])
      #expect(simulation.answered.count == CrashSimulation.requestCount - 1)
    }
  }
}

/// A queue that counts losses, and workers that die of one request; those in hand then come back first, as in a quorum queue.
private struct CrashSimulation {
  static let requestCount = 200
  static let guilty = 17
  private static let limit = 5
  private static let prefetchCount = 50

  private struct Request {
    let number: Int
    var lossCount = 0
  }

  private struct Worker {
    var intake = RequestIntake<Int>(prefetchCount: UInt16(CrashSimulation.prefetchCount))
    var room = 1
    var isStopping = false
    var unacknowledged: [Int] = []
    var handled: [(Int, RequestIntake<Int>.Ticket)] = []
  }

  private(set) var setAside: [Int] = []
  private(set) var answered: Set<Int> = []
  private var queue: [Request]
  private var losses: [Int: Int] = [:]
  private var workers: [Worker]
  private var random: UInt64

  init(workerCount: Int, seed: UInt64) {
    queue = (0..<Self.requestCount).map { Request(number: $0) }
    workers = (0..<workerCount).map { _ in Worker() }
    random = seed
  }

  mutating func run() {
    for _ in 0..<100_000 where answered.count + setAside.count < Self.requestCount { step(pick(workers.count)) }
  }

  private mutating func pick(_ count: Int) -> Int {
    random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int(random >> 33) % count
  }

  private mutating func step(_ index: Int) {
    switch pick(3) {
    case 0:
      guard !queue.isEmpty, workers[index].room > 0, !workers[index].isStopping else { return }
      let request = queue.removeFirst()
      workers[index].room -= 1
      workers[index].unacknowledged.append(request.number)
      losses[request.number] = request.lossCount
      let suspicion: Suspicion = request.lossCount == 0 ? .none : request.lossCount == 1 ? .some : .strong
      perform(workers[index].intake.receive(request.number, suspicion), index)
    case 1:
      guard workers[index].isStopping else { return }
      workers[index].isStopping = false
      perform(workers[index].intake.stoppedTaking(), index)
    default:
      guard !workers[index].handled.isEmpty else { return }
      let (number, ticket) = workers[index].handled.remove(at: pick(workers[index].handled.count))
      if number == Self.guilty { return crash(index) }
      answered.insert(number)
      workers[index].unacknowledged.removeAll { $0 == number }
      workers[index].room += 1
      perform(workers[index].intake.finish(ticket), index)
    }
  }

  private mutating func perform(_ actions: [RequestIntake<Int>.Action], _ index: Int) {
    for action in actions {
      switch action {
      case .handle(let number, let ticket), .handleAlone(let number, let ticket): workers[index].handled.append((number, ticket))
      case .stopTaking: workers[index].isStopping = true
      case .take(let count): workers[index].room = Int(count)
      case .startPatience, .stopPatience, .giveUp: break
      }
    }
  }

  private mutating func crash(_ index: Int) {
    let returned = workers[index].unacknowledged.map { Request(number: $0, lossCount: (losses[$0] ?? 0) + 1) }
    setAside += returned.filter { $0.lossCount > Self.limit }.map(\.number)
    queue.insert(contentsOf: returned.filter { $0.lossCount <= Self.limit }, at: 0)
    workers[index] = Worker()
  }
}
