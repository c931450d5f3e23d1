internal import NIOConcurrencyHelpers
internal import StrictJSON

/// The names of destinations in all sets of the process, each kept once and known by a number: thousands of users share a few
/// thousand names.
///
/// A name lives as long as a set has it. A number then stands for another name; within a set's life it never changes.
/// The lock is held for one name at a time, so that a list of thousands, numbered on another thread, stalls no lookup.
enum DestinationNames {
  private struct Table {
    var numbers: [ExactString: UInt32] = [:]
    var names: [ExactString] = []
    var holderCounts: [UInt32] = []
    var vacantNumbers: [UInt32] = []
  }

  private static let table = NIOLockedValueBox(Table())

  /// How many names there are.
  static var count: Int { table.withLockedValue { $0.numbers.count } }

  /// The number of a name that some set has.
  static func number(of name: ExactString) -> UInt32? {
    table.withLockedValue { $0.numbers[name] }
  }

  /// The name of a number that the caller holds.
  static func name(_ number: UInt32) -> ExactString {
    table.withLockedValue { $0.names[Int(number)] }
  }

  /// The number of a name, which the caller holds from now on.
  static func hold(_ name: ExactString) -> UInt32 {
    table.withLockedValue { table in
      if let number = table.numbers[name] {
        table.holderCounts[Int(number)] += 1
        return number
      }
      let number = table.vacantNumbers.popLast() ?? UInt32(table.names.count)
      if Int(number) == table.names.count {
        table.names.append(name)
        table.holderCounts.append(1)
      } else {
        table.names[Int(number)] = name
        table.holderCounts[Int(number)] = 1
      }
      table.numbers[name] = number
      return number
    }
  }

  /// Gives back a number that the caller holds.
  static func release(_ number: UInt32) {
    table.withLockedValue { table in
      table.holderCounts[Int(number)] -= 1
      guard table.holderCounts[Int(number)] == 0 else { return }
      table.numbers[table.names[Int(number)]] = nil
      table.names[Int(number)] = ""
      table.vacantNumbers.append(number)
    }
  }
}
