/// Text made safe to show on one line of a terminal.
enum PrintableText {
  /// `string` as it is where it is a plain word, else quoted.
  static func word(_ string: String) -> String {
    let isPlain = string.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
        UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: ":"), UInt8(ascii: "/"):
        true
      default: false
      }
    }
    return isPlain && !string.isEmpty ? string : quoted(string)
  }

  static func quoted(_ string: String) -> String { "\"\(escaped(string, quote: true))\"" }

  /// `string` with escapes, as in Swift, for control characters, line and paragraph separators, invisible format characters (they
  /// turn the direction of text around) and the backslash; on demand for the quotation mark too.
  static func escaped(_ string: String, quote: Bool = false) -> String {
    var result = ""
    result.reserveCapacity(string.utf8.count)
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case "\"" where quote: result += "\\\""
      case " "..."~": result.unicodeScalars.append(scalar)
      default:
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
          result += "\\u{\(String(scalar.value, radix: 16, uppercase: true))}"
        default: result.unicodeScalars.append(scalar)
        }
      }
    }
    return result
  }
}
