internal import StrictJSON

/// Reads the data file: strict JSON, in which every key that is not named here is a fault.
///
/// ```json
/// {
///   "service_account": {"username": "service-account", "password": "secret"},
///   "users": {
///     "alice": ["CIP", {"name": "FOO", "type": 16}, {"name": "BAR", "type": 16, "active": false}]
///   },
///   "generated": {"users": 100000, "destinations_per_user": 20, "distinct_destinations": 2000, "seed": 1, "prefix": "user-"}
/// }
/// ```
///
/// Only `service_account` is required. A destination is a name, or a record whose `type` is 32 and whose `active` is true unless it says
/// otherwise. In `generated`, `seed` (0) and `prefix` (`user-`) may be left out; see ``GeneratedUsers``.
package struct SimulatorDataReader {
  private var path: [String] = []
  private var faults: [String] = []

  /// Reads a whole file.
  ///
  /// - Throws: an error that names every fault with its key, or the first one where the text is not JSON or has a wrong type.
  package static func read(_ bytes: [UInt8]) throws(SimulatorDataError) -> SimulatorData {
    var dataReader = SimulatorDataReader()
    var json = JSONReader(bytes)
    let data: SimulatorData?
    do throws(JSONError) {
      data = try dataReader.readData(&json)
      try json.finish()
    } catch {
      throw SimulatorDataError(code: .malformed, faults: [dataReader.located(error.description)])
    }
    guard let data, dataReader.faults.isEmpty else { throw SimulatorDataError(code: .invalid, faults: dataReader.faults) }
    return data
  }

  private mutating func readData(_ json: inout JSONReader) throws(JSONError) -> SimulatorData? {
    var serviceAccount: BasicCredentials?
    var users: [ExactString: [DestinationRecord]] = [:]
    var generatedUsers: GeneratedUsers?
    try readMembers(&json, required: ["service_account"]) { reader, name, json throws(JSONError) in
      switch name {
      case "service_account": serviceAccount = try reader.readServiceAccount(&json)
      case "users": users = try reader.readUsers(&json)
      case "generated": generatedUsers = try reader.readGeneratedUsers(&json)
      default: try reader.skipUnknown(&json)
      }
    }
    return serviceAccount.map { SimulatorData(serviceAccount: $0, users: users, generatedUsers: generatedUsers) }
  }

  private mutating func readServiceAccount(_ json: inout JSONReader) throws(JSONError) -> BasicCredentials? {
    var username = ""
    var password = ""
    try readMembers(&json, required: ["username", "password"]) { reader, name, json throws(JSONError) in
      switch name {
      case "username":
        username = try json.readString()
        reader.check(!username.isEmpty && !username.utf8.contains(UInt8(ascii: ":")), "must not be empty nor contain a colon")
      case "password":
        password = try json.readString()
        reader.check(!password.isEmpty, "must not be empty")
      default: try reader.skipUnknown(&json)
      }
    }
    return BasicCredentials(username: username, password: password)
  }

  private mutating func readUsers(_ json: inout JSONReader) throws(JSONError) -> [ExactString: [DestinationRecord]] {
    var users: [ExactString: [DestinationRecord]] = [:]
    try readMembers(&json) { reader, name, json throws(JSONError) in
      let length = 1...SimulatorData.maximumUserNameLength
      reader.check(length.contains(name.utf8.count), "a user's name has 1 to \(length.upperBound) bytes")
      users[name] = try reader.readDestinations(&json)
    }
    return users
  }

  private mutating func readDestinations(_ json: inout JSONReader) throws(JSONError) -> [DestinationRecord] {
    var destinations: [DestinationRecord] = []
    try json.readArray { json throws(JSONError) in
      path.append("[\(destinations.count)]")
      destinations.append(try readDestination(&json))
      path.removeLast()
    }
    return destinations
  }

  private mutating func readDestination(_ json: inout JSONReader) throws(JSONError) -> DestinationRecord {
    guard try json.peekKind() == .object else {
      let name = try json.readString()
      check(!name.isEmpty, "must not be empty")
      return DestinationRecord(name: name)
    }
    var record = DestinationRecord(name: "")
    try readMembers(&json, required: ["name"]) { reader, name, json throws(JSONError) in
      switch name {
      case "name":
        record.name = try json.readString()
        reader.check(!record.name.isEmpty, "must not be empty")
      case "type": record.type = try json.readInteger()
      case "active": record.isActive = try json.readBool()
      default: try reader.skipUnknown(&json)
      }
    }
    return record
  }

  private mutating func readGeneratedUsers(_ json: inout JSONReader) throws(JSONError) -> GeneratedUsers {
    var prefix = "user-"
    var seed = 0
    var (userCount, destinationsPerUser, distinctDestinationCount) = (0, 0, 0)
    let required: [ExactString] = ["users", "destinations_per_user", "distinct_destinations"]
    try readMembers(&json, required: required) { reader, name, json throws(JSONError) in
      switch name {
      case "users": userCount = try reader.readInteger(&json, in: 0...1_000_000_000)
      case "destinations_per_user": destinationsPerUser = try reader.readInteger(&json, in: 0...100_000)
      case "distinct_destinations": distinctDestinationCount = try reader.readInteger(&json, in: 1...1_000_000)
      case "seed": seed = try json.readInteger()
      case "prefix":
        prefix = try json.readString()
        let limit = 100
        reader.check(prefix.utf8.count <= limit, "has at most \(limit) bytes")
      default: try reader.skipUnknown(&json)
      }
    }
    check(
      destinationsPerUser <= distinctDestinationCount || distinctDestinationCount == 0,
      "destinations_per_user must not exceed distinct_destinations"
    )
    return GeneratedUsers(
      prefix: prefix,
      userCount: userCount,
      destinationsPerUser: destinationsPerUser,
      distinctDestinationCount: distinctDestinationCount,
      seed: UInt64(bitPattern: Int64(seed))
    )
  }
}

extension SimulatorDataReader {
  /// Reads an object, keeping track of where it is. After an error the path stays at the key that has it.
  private mutating func readMembers(
    _ json: inout JSONReader,
    required: [ExactString] = [],
    _ member: (inout SimulatorDataReader, ExactString, inout JSONReader) throws(JSONError) -> Void
  ) throws(JSONError) {
    var missing = required
    try json.readObject { name, json throws(JSONError) in
      missing.removeAll { $0 == name }
      path.append(path.isEmpty ? name.string : ".\(name)")
      try member(&self, name, &json)
      path.removeLast()
    }
    for name in missing {
      path.append(path.isEmpty ? name.string : ".\(name)")
      check(false, "is missing")
      path.removeLast()
    }
  }

  private mutating func readInteger(_ json: inout JSONReader, in range: ClosedRange<Int>) throws(JSONError) -> Int {
    let value = try json.readInteger()
    check(range.contains(value), "must be between \(range.lowerBound) and \(range.upperBound)")
    return value
  }

  private mutating func skipUnknown(_ json: inout JSONReader) throws(JSONError) {
    check(false, "unknown key")
    try json.skipValue()
  }

  private mutating func check(_ condition: Bool, _ fault: String) {
    if !condition {
      faults.append(located(fault))
    }
  }

  private func located(_ fault: String) -> String {
    path.isEmpty ? fault : "\(path.joined()): \(fault)"
  }
}
