/// A hash table from a key's hash to the slot that holds its entry; the keys themselves stay in the slots.
///
/// Open addressing with linear probing. A removal shifts what follows back instead of leaving a tombstone, so that a table that lives long
/// under a constant number of entries never degrades. Eight bytes a bucket, at most three quarters of the buckets in use.
@usableFromInline
struct SlotIndex {
  @usableFromInline
  struct Bucket: Sendable {
    @usableFromInline var hash: UInt32
    @usableFromInline var slot: Int32
  }

  private static let vacant = Bucket(hash: 0, slot: -1)
  @usableFromInline var buckets = [Bucket](repeating: Self.vacant, count: 16)
  private var count = 0

  @usableFromInline var mask: Int { buckets.count - 1 }

  /// The slot under `hash` for which `matches` is true: different keys can share a hash.
  @inlinable
  func slot(hash: UInt32, where matches: (Int32) -> Bool) -> Int32? {
    let mask = mask
    var position = Int(hash) & mask
    while true {
      let bucket = buckets[position]
      guard bucket.slot >= 0 else { return nil }
      if bucket.hash == hash, matches(bucket.slot) { return bucket.slot }
      position = (position + 1) & mask
    }
  }

  /// Adds a slot that is not in the table.
  mutating func insert(_ slot: Int32, hash: UInt32) {
    if (count + 1) * 4 > buckets.count * 3 { grow() }
    place(Bucket(hash: hash, slot: slot))
    count += 1
  }

  /// Removes a slot that is in the table under `hash`.
  mutating func remove(_ slot: Int32, hash: UInt32) {
    let mask = mask
    var vacated = Int(hash) & mask
    while buckets[vacated].slot != slot {
      vacated = (vacated + 1) & mask
    }
    var position = vacated
    while true {
      position = (position + 1) & mask
      let bucket = buckets[position]
      guard bucket.slot >= 0 else { break }
      // A bucket may move back only as far as where its hash points.
      let displacement = (position - Int(bucket.hash)) & mask
      guard displacement >= (position - vacated) & mask else { continue }
      buckets[vacated] = bucket
      vacated = position
    }
    buckets[vacated] = Self.vacant
    count -= 1
  }

  private mutating func place(_ bucket: Bucket) {
    let mask = mask
    var position = Int(bucket.hash) & mask
    while buckets[position].slot >= 0 {
      position = (position + 1) & mask
    }
    buckets[position] = bucket
  }

  private mutating func grow() {
    let previous = buckets
    buckets = [Bucket](repeating: Self.vacant, count: previous.count * 2)
    for bucket in previous where bucket.slot >= 0 {
      place(bucket)
    }
  }
}
