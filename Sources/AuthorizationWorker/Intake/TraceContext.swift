import RabbitMQClient

/// The caller's trace, from the `traceparent` header of a request.
///
/// Source: https://www.w3.org/TR/trace-context/#traceparent-header
struct TraceContext: Equatable {
  let traceID: String
  let spanID: String

  /// Nil where there is no such header, or one that breaks the format.
  init?(_ headers: FieldTable?) {
    guard let header = headers?["traceparent"]?.text else { return nil }
    let fields = header.split(separator: "-", omittingEmptySubsequences: false)
    guard fields.count >= 4, Self.isHexadecimal(fields[0], count: 2), fields[0] != "ff",
      fields[0] != "00" || fields.count == 4,
      Self.isHexadecimal(fields[1], count: 32), Self.isHexadecimal(fields[2], count: 16), Self.isHexadecimal(fields[3], count: 2),
      fields[1].contains(where: { $0 != "0" }), fields[2].contains(where: { $0 != "0" })
    else { return nil }
    traceID = String(fields[1])
    spanID = String(fields[2])
  }

  /// Lower case only, as the format has it.
  private static func isHexadecimal(_ field: Substring, count: Int) -> Bool {
    field.utf8.count == count
      && field.utf8.allSatisfy {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains($0)
      }
  }
}
