internal import ECPDSSimulatorData
internal import StrictJSON

/// A fault and whom it is for, as the control endpoints read and write it:
/// `{"user": "alice", "latency_ms": 200, "status": 503, "body": "malformed", "partial_body": true}`. No user means all users.
struct FaultAssignment: Sendable, Hashable {
  /// The longest latency, in milliseconds: one hour.
  static let maximumLatency = 3_600_000

  var user: ExactString?
  var fault: Fault

  init(user: ExactString?, fault: Fault) {
    self.user = user
    self.fault = fault
  }

  /// Reads one from the body of a request.
  init(decoding bytes: [UInt8]) throws(ControlError) {
    self.init(user: nil, fault: Fault())
    var reader = JSONReader(bytes)
    var complaint: String?
    do throws(JSONError) {
      try reader.readObject { name, reader throws(JSONError) in
        complaint = try self.readMember(name, from: &reader) ?? complaint
      }
      try reader.finish()
    } catch {
      throw ControlError(code: .invalidRequest, message: "the body is not a fault: \(error)")
    }
    if let complaint = complaint ?? fault.contradiction {
      throw ControlError(code: .invalidRequest, message: complaint)
    }
  }

  /// Reads a member's value and says what is wrong with it, if anything.
  private mutating func readMember(_ name: ExactString, from reader: inout JSONReader) throws(JSONError) -> String? {
    switch name {
    case "user":
      let user = ExactString(try reader.readString())
      self.user = user
      let length = 1...SimulatorData.maximumUserNameLength
      return length.contains(user.utf8.count) ? nil : "user has 1 to \(length.upperBound) bytes"
    case "latency_ms":
      let milliseconds = try reader.readInteger()
      fault.latency = .milliseconds(milliseconds)
      let range = 0...Self.maximumLatency
      return range.contains(milliseconds) ? nil : "latency_ms is between 0 and \(range.upperBound)"
    case "status":
      let status = try reader.readInteger()
      fault.status = status
      // An answer with one of these has no body, which would end the pretence that only the status is wrong.
      return (200...599).contains(status) && status != 204 && status != 304
        ? nil : "status is between 200 and 599, neither 204 nor 304"
    case "body":
      fault.body = Fault.Body(rawValue: try reader.readString())
      let known = Fault.Body.allCases.map(\.rawValue).joined(separator: ", ")
      return fault.body == nil ? "body is one of \(known)" : nil
    case "hang": return try readTransfer(.hang, from: &reader)
    case "reset": return try readTransfer(.reset, from: &reader)
    case "partial_body": return try readTransfer(.partialBody, from: &reader)
    default:
      try reader.skipValue()
      return "unknown key: \(name)"
    }
  }

  private mutating func readTransfer(_ transfer: Fault.Transfer, from reader: inout JSONReader) throws(JSONError) -> String? {
    guard try reader.readBool() else { return nil }
    guard fault.transfer == nil else { return "hang, reset and partial_body exclude one another" }
    fault.transfer = transfer
    return nil
  }

  /// Writes the assignment in the form in which it is read.
  func encode(into writer: inout JSONWriter) {
    writer.writeObject { writer in
      if let user {
        writer.writeMember("user", user.string)
      }
      if let latency = fault.latency {
        writer.writeName("latency_ms")
        writer.write(Int(latency / .milliseconds(1)))
      }
      if let status = fault.status {
        writer.writeName("status")
        writer.write(status)
      }
      if let body = fault.body {
        writer.writeMember("body", body.rawValue)
      }
      if let transfer = fault.transfer {
        writer.writeName(transfer.rawValue)
        writer.write(true)
      }
    }
  }
}

extension FaultAssignment: CustomStringConvertible {
  /// One line of JSON, in which control characters are escaped.
  var description: String {
    var writer = JSONWriter()
    encode(into: &writer)
    return String(decoding: writer.bytes, as: UTF8.self)
  }
}

extension Fault {
  /// What makes the fault as a whole impossible or pointless.
  fileprivate var contradiction: String? {
    switch transfer {
    case .hang, .reset: status == nil && body == nil ? nil : "hang and reset send no answer: they exclude status and body"
    case .partialBody: body == .oversized ? "partial_body and an oversized body exclude one another" : nil
    case nil: self == Fault() ? "the fault does nothing" : nil
    }
  }
}
