internal import StrictJSON

/// One record of a destination list, as ECPDS gives it.
struct DestinationRecord: Sendable, Hashable {
  /// The type of a record that names none.
  static let defaultType = 32

  var name: String
  var type = Self.defaultType
  var isActive = true
}

extension [DestinationRecord] {
  /// The answer of ECPDS with this list: `{"destinationList":[{"name":"CIP","type":32,"active":true}],"success":"yes"}`.
  func encodedAnswer(success: String = "yes") -> [UInt8] {
    var writer = JSONWriter(reservingCapacity: 64 + 48 * count)
    writer.writeObject { writer in
      writer.writeName("destinationList")
      writer.writeArray { writer in
        for record in self {
          writer.writeObject { writer in
            writer.writeMember("name", record.name)
            writer.writeName("type")
            writer.write(record.type)
            writer.writeName("active")
            writer.write(record.isActive)
          }
        }
      }
      writer.writeMember("success", success)
    }
    return writer.bytes
  }
}
