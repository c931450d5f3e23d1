/// The entries: values by key, each for the time to live, never more than the bound.
///
/// Every operation takes constant time, amortised: all entries live equally long, so the order of writing is the order of expiry.
/// Storage grows with use.
///
/// The way of a hit is inlinable: a client must be able to specialise it, as generic code that is not costs several times as much.
@usableFromInline
struct EntryStore<Key: Hashable, Value> {
  @usableFromInline
  struct Entry {
    @usableFromInline var key: Key
    /// Nil in a vacant slot. The entry itself is not optional, or a look at one field would copy, and count references to, all.
    @usableFromInline var value: Value?
    @usableFromInline var expiration: Duration
  }

  private let timeToLive: Duration
  @usableFromInline var entries: [Entry] = []
  private var vacantSlots: [Int32] = []
  @usableFromInline var index = SlotIndex()
  private var writeLinks = SlotLinks()
  private var writeOrder = SlotList()
  @usableFromInline var policy: AdaptivePolicy

  /// - Parameter maximumCount: values below one count as one.
  init(timeToLive: Duration, maximumCount: Int) {
    self.timeToLive = timeToLive
    policy = AdaptivePolicy(maximumCount: min(max(maximumCount, 1), Int(Int32.max) - 1))
  }

  /// How many entries there are, after the removal of those that have expired.
  mutating func count(now: Duration) -> Int {
    removeExpired(now: now)
    return writeOrder.count
  }

  /// The value, unless it has expired. Tells the policy of a request: to be called once for each.
  @inlinable
  mutating func value(forKey key: Key, now: Duration) -> Value? {
    let hash = Self.hash(of: key)
    guard let slot = slot(forKey: key, hash: hash), entries[Int(slot)].expiration > now else {
      policy.recordMiss(hash: hash)
      return nil
    }
    policy.recordHit(slot, hash: hash)
    return entries[Int(slot)].value
  }

  /// Whether there is a value that has not expired.
  func contains(_ key: Key, now: Duration) -> Bool {
    guard let slot = slot(forKey: key, hash: Self.hash(of: key)) else { return false }
    return entries[Int(slot)].expiration > now
  }

  /// Stores or replaces a value, for the time to live from now on.
  mutating func insert(_ value: Value, forKey key: Key, now: Duration) {
    removeExpired(now: now)
    let hash = Self.hash(of: key)
    let entry = Entry(key: key, value: value, expiration: now + timeToLive)
    if let slot = slot(forKey: key, hash: hash) {
      entries[Int(slot)] = entry
      writeLinks.moveToEnd(slot, of: &writeOrder)
      return
    }
    let slot = occupy(with: entry)
    index.insert(slot, hash: hash)
    writeLinks.append(slot, to: &writeOrder)
    if let evictedSlot = policy.insert(slot, hash: hash) {
      vacate(evictedSlot)
    }
  }

  mutating func removeValue(forKey key: Key) {
    guard let slot = slot(forKey: key, hash: Self.hash(of: key)) else { return }
    policy.remove(slot)
    vacate(slot)
  }

  /// Removes every entry, and what the policy has learnt.
  mutating func removeAll() {
    self = EntryStore(timeToLive: timeToLive, maximumCount: policy.maximumCount)
  }

  @inlinable
  func slot(forKey key: Key, hash: UInt32) -> Int32? {
    index.slot(hash: hash) { slot in entries[Int(slot)].key == key }
  }

  private mutating func removeExpired(now: Duration) {
    while let slot = writeOrder.first, entries[Int(slot)].expiration <= now {
      policy.remove(slot)
      vacate(slot)
    }
  }

  private mutating func occupy(with entry: Entry) -> Int32 {
    guard let slot = vacantSlots.popLast() else {
      entries.append(entry)
      return Int32(entries.count - 1)
    }
    entries[Int(slot)] = entry
    return slot
  }

  /// Frees a slot that the policy no longer has.
  private mutating func vacate(_ slot: Int32) {
    index.remove(slot, hash: policy.hash(of: slot))
    writeLinks.remove(slot, from: &writeOrder)
    entries[Int(slot)].value = nil
    vacantSlots.append(slot)
  }

  @inlinable
  static func hash(of key: Key) -> UInt32 {
    UInt32(truncatingIfNeeded: key.hashValue)
  }
}
