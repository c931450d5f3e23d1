public import StrictJSON

/// An ECPDS server's answer: `{"destinationList":[{"name":"CIP","active":true}, …],"success":"yes"}`.
public struct DestinationList: Sendable, Hashable {
  /// The names of the records that count.
  public let destinations: DestinationSet
  /// How many records there are, counted or not.
  public let recordCount: Int
  /// How many records are not `"active":true`.
  public let skippedInactive: Int
  /// How many active records lack the target field as a string.
  public let skippedWithoutField: Int

  /// Reads an answer's body.
  ///
  /// - Parameter targetField: the field of a record that names the destination.
  /// - Throws: if the body is not JSON, repeats a key, reports anything but success, or has no array of objects as list.
  public init(decoding body: [UInt8], targetField: ExactString) throws(DestinationListError) {
    var answer = Answer(targetField: targetField)
    do throws(JSONError) {
      try answer.read(body)
    } catch {
      throw DestinationListError(message: "The answer is not what was asked for: \(error)")
    }
    guard answer.isSuccess else {
      throw DestinationListError(message: "The answer does not report success")
    }
    guard answer.hasList else {
      throw DestinationListError(message: "The answer has no destinationList")
    }
    destinations = DestinationSet(answer.names)
    recordCount = answer.recordCount
    skippedInactive = answer.skippedInactive
    skippedWithoutField = answer.skippedWithoutField
  }
}

/// Why a body is no ``DestinationList``.
public struct DestinationListError: Error, Sendable, Hashable {
  /// A sentence that repeats nothing of the body.
  public let message: String
}

/// An answer as far as it has been read.
private struct Answer {
  let targetField: ExactString
  var isSuccess = false
  var hasList = false
  var names: [ExactString] = []
  var recordCount = 0
  var skippedInactive = 0
  var skippedWithoutField = 0

  init(targetField: ExactString) {
    self.targetField = targetField
  }

  mutating func read(_ body: [UInt8]) throws(JSONError) {
    var reader = JSONReader(body)
    try reader.readObject { name, reader throws(JSONError) in
      switch name {
      case "destinationList":
        hasList = true
        try reader.readArray { reader throws(JSONError) in try readRecord(&reader) }
      case "success": isSuccess = ExactString(try reader.readString()) == "yes"
      default: try reader.skipValue()
      }
    }
    try reader.finish()
  }

  private mutating func readRecord(_ reader: inout JSONReader) throws(JSONError) {
    var isActive = false
    var destination: ExactString?
    try reader.readObject { name, reader throws(JSONError) in
      switch (name, try reader.peekKind()) {
      case ("active", .bool): isActive = try reader.readBool()
      case (targetField, .string): destination = ExactString(try reader.readString())
      default: try reader.skipValue()
      }
    }
    recordCount += 1
    if !isActive {
      skippedInactive += 1
    } else if let destination {
      names.append(destination)
    } else {
      skippedWithoutField += 1
    }
  }
}
