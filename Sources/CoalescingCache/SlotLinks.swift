/// The ends and the length of one list whose links are in a ``SlotLinks``.
struct SlotList {
  fileprivate(set) var first: Int32?
  fileprivate(set) var last: Int32?
  fileprivate(set) var count = 0
}

/// The links of doubly linked lists of slots, in one array: eight bytes a slot and no allocation for a move.
///
/// A slot is in at most one list at a time; several lists can share the links.
struct SlotLinks {
  private struct Link {
    var previous: Int32
    var next: Int32
  }

  private static let none: Int32 = -1
  private var links: [Link] = []

  /// Appends a slot that is in no list. The first use of a slot may make the array longer by one.
  mutating func append(_ slot: Int32, to list: inout SlotList) {
    let link = Link(previous: list.last ?? Self.none, next: Self.none)
    if Int(slot) == links.count {
      links.append(link)
    } else {
      links[Int(slot)] = link
    }
    if let last = list.last {
      links[Int(last)].next = slot
    } else {
      list.first = slot
    }
    list.last = slot
    list.count += 1
  }

  /// Removes a slot from the list that it is in.
  mutating func remove(_ slot: Int32, from list: inout SlotList) {
    let link = links[Int(slot)]
    if link.previous == Self.none {
      list.first = link.next == Self.none ? nil : link.next
    } else {
      links[Int(link.previous)].next = link.next
    }
    if link.next == Self.none {
      list.last = link.previous == Self.none ? nil : link.previous
    } else {
      links[Int(link.next)].previous = link.previous
    }
    list.count -= 1
  }

  mutating func moveToEnd(_ slot: Int32, of list: inout SlotList) {
    guard list.last != slot else { return }
    remove(slot, from: &list)
    append(slot, to: &list)
  }
}
