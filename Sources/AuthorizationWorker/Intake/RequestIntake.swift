import DequeModule

/// How much reason there is to think that a request ends whoever handles it.
enum Suspicion: Equatable {
  /// It was never in the hands of a worker that lost it.
  case none
  /// It was once; mostly the worker or its connection ended for another reason.
  case some
  /// It was more often than that, or must not be once more.
  case strong
}

/// Decides what is taken from the queue and when it is handled, so that a request that ends its worker drags no other with it.
///
/// A worker that ends gives back all that it has in hand, and each of these requests comes a step nearer to the delivery limit. Were they
/// all handled as before, the innocent would reach it together with the guilty. So a suspect, which is a request that comes again, is
/// handled alone: nothing else is taken, what is in hand is finished first, and further suspects wait their turn. A new connection takes one
/// request at a time until one comes that is no suspect, since what a worker before it dropped comes first.
///
/// Being alone has an end: suspects that wait for ECPDS must not hold up everything behind them. Where suspicion is weak, a suspect goes
/// on beside others after a while; where it is strong, it is given up, which answers it. Each such end halves the time that those after it
/// get, so that a whole wave of suspects is waited for little longer than twice what the first one may take.
///
/// A pure state machine: events in, actions out, to be performed in their order.
struct RequestIntake<Request> {
  /// Names a request that is being handled.
  struct Ticket: Hashable {
    fileprivate let number: UInt64
  }

  /// How long a suspect may be alone.
  struct Patience {
    /// With weak suspicion: then it goes on beside others.
    var weak = Duration.seconds(1)
    /// With strong suspicion: then it is given up.
    var strong = Duration.seconds(5)
    /// With strong suspicion, however often it has been halved: an ECPDS that is well again has answered by then.
    var leastStrong = Duration.milliseconds(10)
  }

  enum Action {
    /// The owner says `finish` of it.
    case handle(Request, Ticket)
    /// The same of a request that `giveUp` may follow.
    case handleAlone(Request, Ticket)
    /// The one that is handled alone must come to its end soon.
    case giveUp
    /// The owner says `stoppedTaking` when no delivery can come any more.
    case stopTaking
    case take(prefetchCount: UInt16)
    /// The owner says `patienceEnded` after that time, unless patience is stopped before.
    case startPatience(Duration)
    case stopPatience
  }

  private enum Taking: Equatable {
    case yes(prefetchCount: UInt16)
    case stopping
    case no
  }

  private let prefetchCount: UInt16
  private let patience: Patience
  private var taking: Taking
  /// What to take with when taking begins again.
  private var nextPrefetchCount: UInt16 = 1
  private var suspects: Deque<(request: Request, suspicion: Suspicion)> = []
  /// The suspect that is handled alone.
  private var alone: (ticket: Ticket, suspicion: Suspicion)?
  /// Those that are handled beside each other.
  private var handledCount = 0
  private var isPatienceRunning = false
  /// How often it has ended in this wave of suspects.
  private var patienceEndCount = 0
  /// Whether weak suspects need not wait for those that are handled.
  private var isPatienceOver = false
  private var isDraining = false
  private var latestNumber: UInt64 = 0

  /// A connection that consumes with a prefetch count of 1 has just begun.
  ///
  /// - Parameter prefetchCount: how many requests may be in hand when there is no suspect.
  init(prefetchCount: UInt16, patience: Patience = Patience()) {
    self.prefetchCount = prefetchCount
    self.patience = patience
    taking = .yes(prefetchCount: 1)
  }

  /// Requests taken and not finished, waiting suspects among them.
  var inHandCount: Int { handledCount + suspects.count + (alone == nil ? 0 : 1) }

  /// Whether nothing is in hand and nothing can come.
  var isDrained: Bool { taking == .no && inHandCount == 0 }

  mutating func receive(_ request: Request, _ suspicion: Suspicion) -> [Action] {
    guard suspicion == .none else {
      suspects.append((request, suspicion))
      nextPrefetchCount = 1
      if case .yes(let prefetchCount) = taking, prefetchCount > 1 { return stopTaking() }
      return advance()
    }
    handledCount += 1
    var actions = [Action.handle(request, makeTicket())]
    // What was dropped before comes first, so there is no more of it.
    if taking == .yes(prefetchCount: 1), prefetchCount > 1, suspects.isEmpty, alone == nil {
      nextPrefetchCount = prefetchCount
      patienceEndCount = 0
      actions += stopTaking()
    }
    return actions
  }

  /// A request is done with: answered, set aside or given back.
  mutating func finish(_ ticket: Ticket) -> [Action] {
    if alone?.ticket == ticket {
      alone = nil
      return stopPatience() + advance()
    }
    handledCount -= 1
    if handledCount == 0 { isPatienceOver = false }
    return advance()
  }

  mutating func stoppedTaking() -> [Action] {
    taking = .no
    return advance()
  }

  mutating func patienceEnded() -> [Action] {
    isPatienceRunning = false
    patienceEndCount += 1
    if alone?.suspicion == .strong { return [.giveUp] }
    isPatienceOver = true
    guard alone != nil else { return advance() }
    alone = nil
    handledCount += 1
    // It occupies the one place that there is.
    return taking == .yes(prefetchCount: 1) ? stopTaking() : advance()
  }

  /// Takes nothing any more; what is in hand is finished.
  mutating func drain() -> [Action] {
    isDraining = true
    return stopTaking()
  }

  private mutating func stopTaking() -> [Action] {
    guard case .yes = taking else { return [] }
    taking = .stopping
    return [.stopTaking]
  }

  /// Begins what can begin: the next suspect or, where there is none, taking.
  private mutating func advance() -> [Action] {
    guard alone == nil, taking != .stopping else { return [] }
    guard let (request, suspicion) = suspects.first else {
      guard taking == .no, !isDraining else { return [] }
      taking = .yes(prefetchCount: nextPrefetchCount)
      return [.take(prefetchCount: nextPrefetchCount)]
    }
    guard handledCount == 0 || (isPatienceOver && suspicion != .strong) else {
      // A strong suspect waits for what is in hand to its end, which the request time-out of ECPDS bounds.
      return suspicion == .strong || isPatienceRunning ? [] : startPatience(patience.weak)
    }
    suspects.removeFirst()
    let ticket = makeTicket()
    alone = (ticket, suspicion)
    // Patience first: the request may be done with before `handle` returns.
    var actions = stopPatience()
    if suspicion == .strong {
      actions += startPatience(patience.strong, atLeast: patience.leastStrong) + [.handleAlone(request, ticket)]
    } else {
      actions += startPatience(patience.weak) + [.handle(request, ticket)]
    }
    return actions
  }

  private mutating func startPatience(_ duration: Duration, atLeast least: Duration = .zero) -> [Action] {
    isPatienceRunning = true
    let halved = patienceEndCount < 20 ? duration / (1 << patienceEndCount) : .zero
    return [.startPatience(max(halved, min(least, duration)))]
  }

  private mutating func stopPatience() -> [Action] {
    guard isPatienceRunning else { return [] }
    isPatienceRunning = false
    return [.stopPatience]
  }

  private mutating func makeTicket() -> Ticket {
    latestNumber += 1
    return Ticket(number: latestNumber)
  }
}
