internal import StrictJSON

/// One record of a destination list, as ECPDS gives it.
package struct DestinationRecord: Sendable, Hashable {
  /// The type of a record that names none.
  package static let defaultType = 32

  package var name: String
  package var type: Int
  package var isActive: Bool

  package init(name: String, type: Int = defaultType, isActive: Bool = true) {
    self.name = name
    self.type = type
    self.isActive = isActive
  }
}

extension [DestinationRecord] {
  /// The answer of ECPDS with this list: `{"destinationList":[{"name":"CIP","type":32,"active":true}],"success":"yes"}`.
  package func encodedAnswer(success: String = "yes") -> [UInt8] {
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
