import Foundation
import StrictJSON

/// JSON as Foundation reads it: a second opinion on what a text says.
///
/// Foundation is the laxer of the two (a repeated member name, a deeper nesting), so only what ours accepts is put to it.
enum ForeignJSON: Decodable {
  case null
  case bool(Bool)
  case string(ExactString)
  case array([ForeignJSON])
  case object([String: ForeignJSON])
  case number

  init(parsing bytes: [UInt8]) throws(Finding) {
    do {
      self = try JSONDecoder().decode(ForeignJSON.self, from: Data(bytes))
    } catch {
      throw Finding(description: "Foundation refuses what was accepted: \(error)")
    }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .bool(value)
    } else if let value = try? container.decode(String.self) {
      self = .string(ExactString(value))
    } else if (try? decoder.unkeyedContainer()) != nil {
      self = .array(try container.decode([ForeignJSON].self))
    } else if (try? decoder.container(keyedBy: AnyKey.self)) != nil {
      self = .object(try container.decode([String: ForeignJSON].self))
    } else {
      // Of any size: Foundation refuses those that a double cannot hold, and none of ours is looked at.
      self = .number
    }
  }

  subscript(name: String) -> ForeignJSON? {
    if case .object(let members) = self { members[name] } else { nil }
  }

  var string: ExactString? {
    if case .string(let string) = self { string } else { nil }
  }

  var array: [ForeignJSON]? {
    if case .array(let elements) = self { elements } else { nil }
  }

  var isTrue: Bool {
    if case .bool(true) = self { true } else { false }
  }

  /// What serialisers write for a field that is absent.
  var isNull: Bool {
    if case .null = self { true } else { false }
  }
}

private struct AnyKey: CodingKey {
  let stringValue: String
  let intValue: Int? = nil

  init(stringValue: String) {
    self.stringValue = stringValue
  }

  init?(intValue: Int) {
    nil
  }
}
