/// When a run's requests are sent.
public enum LoadPace: Sendable, Hashable {
  /// Closed loop: so many under way at a time; the next is sent when one is done with. A slow answer delays those after it.
  case window(Int)
  /// Open loop: so many a second at even intervals, whatever becomes of them, but no more than a number under way.
  case rate(perSecond: Double, maximumOutstanding: Int)
}

/// When a run has sent enough.
public enum LoadExtent: Sendable, Hashable {
  case count(Int)
  /// In an open loop every request that is due within it is sent, however late.
  case duration(Duration)
}

/// Says when the next request is due. A pure state machine: times are since the run's start.
struct Pacer {
  private let pace: LoadPace
  /// How many requests the run has; nil where time alone ends it.
  private let limit: Int?
  /// When the run sends no more, whatever it has sent.
  private let end: Duration?
  private(set) var sentCount = 0
  private var isStopped = false

  init(pace: LoadPace, extent: LoadExtent) {
    self.pace = pace
    switch (extent, pace) {
    case (.count(let count), _):
      limit = count
      end = nil
    case (.duration(let duration), .window):
      limit = nil
      end = duration
    case (.duration(let duration), .rate(let perSecond, _)):
      limit = max(1, Int((duration / .seconds(1) * perSecond).rounded(.up)))
      end = nil
    }
  }

  /// Takes the next request, if one may be sent now. What it returns is the time that its latency counts from: in an open loop the
  /// time that it was due, so that a request that is sent late by the fault of others is as late as its user would find it.
  mutating func next(at now: Duration, outstandingCount: Int) -> Duration? {
    guard !isDone(at: now) else { return nil }
    switch pace {
    case .window(let window):
      guard outstandingCount < window else { return nil }
      sentCount += 1
      return now
    case .rate(let perSecond, let maximumOutstanding):
      let due = dueTime(perSecond)
      guard outstandingCount < maximumOutstanding, due <= now else { return nil }
      sentCount += 1
      return due
    }
  }

  /// When the next request may be sent without anything else happening; nil where something else must happen first.
  func nextDue(at now: Duration, outstandingCount: Int) -> Duration? {
    guard case .rate(let perSecond, let maximumOutstanding) = pace, !isDone(at: now), outstandingCount < maximumOutstanding else {
      return nil
    }
    return dueTime(perSecond)
  }

  /// Whether nothing more is sent.
  func isDone(at now: Duration) -> Bool {
    if isStopped { return true }
    if let limit, sentCount >= limit { return true }
    if let end, now >= end { return true }
    return false
  }

  /// Sends nothing more.
  mutating func stop() {
    isStopped = true
  }

  private func dueTime(_ perSecond: Double) -> Duration {
    .nanoseconds(Int64(Double(sentCount) / perSecond * 1e9))
  }
}
