import Authorization
import StrictJSON

/// A request that is read is the one that Foundation reads, and reads the same when it is written again.
func checkRequest(_ bytes: [UInt8]) throws {
  let decoded = accepted { () throws(AuthorizationRequestError) in try AuthorizationRequest(decoding: bytes) }
  guard let request = decoded else { return }
  let foreign = try ForeignJSON(parsing: bytes)
  try require(foreign["username"]?.string == request.username, "the username is another")
  try require(foreign["realm"]?.string == request.realm, "the realm is another")
  try require(foreign["roles"]?.array?.compactMap { $0.string } == request.roles, "the roles are others")
  try require(foreign["request_id"]?.string == request.requestID.map { ExactString($0) }, "the ID is another")
  for (key, value) in request.identifier where !hasTwin(key, in: request.identifier.keys) {
    try require(foreign["identifier"]?[key.string]?.string == value, "a value of the identifier is another")
  }
  let again = accepted { () throws(AuthorizationRequestError) in try AuthorizationRequest(decoding: request.encoded()) }
  try require(again == request, "what was written is not what was read")
}

/// An answer's destinations are those that Foundation finds in it, and the counts add up.
func checkResponse(_ bytes: [UInt8]) throws {
  let decoded = accepted { () throws(DestinationListError) in try DestinationList(decoding: bytes, targetField: "name") }
  guard let list = decoded else { return }
  let foreign = try ForeignJSON(parsing: bytes)
  try require(foreign["success"]?.string == "yes", "no success is reported")
  guard let records = foreign["destinationList"]?.array else { throw Finding(description: "there is no list") }
  let active = records.filter { $0["active"]?.isTrue == true }
  let names = active.compactMap { $0["name"]?.string }
  try require(list.recordCount == records.count, "the records are miscounted")
  try require(list.skippedInactive == records.count - active.count, "the inactive records are miscounted")
  try require(list.skippedWithoutField == active.count - names.count, "the records without a name are miscounted")
  try require(list.destinations.names == Set(names).sorted(), "the destinations are others")
  try require(names.allSatisfy { list.destinations.contains($0) }, "a destination is not found")
}

/// A reply allows only where it says so in so many words, and reads the same when it is written again.
func checkReply(_ bytes: [UInt8]) throws {
  let reply = AuthorizationReply(decoding: bytes)
  if reply.decision == .allow {
    let foreign = try ForeignJSON(parsing: bytes)
    try require(foreign["decision"]?.string == "allow", "what does not allow is taken to allow")
    let reason = foreign["reason"]?.string.flatMap { Reason(rawValue: $0.string) }
    try require(reason == reply.reason, "the reason is another")
  }
  guard let reason = reply.reason else { return }
  try require(reason.decision == reply.decision, "the reason is another decision's")
  try require(AuthorizationReply(decoding: reply.encoded()) == reply, "what was written is not what was read")
}

private func accepted<Value, Failure: Error>(_ decode: () throws(Failure) -> Value) -> Value? {
  do throws(Failure) { return try decode() } catch { return nil }
}

/// Whether another key is the same to Foundation, which compares by canonical equivalence and keeps only one of them.
private func hasTwin(_ key: ExactString, in keys: some Sequence<ExactString>) -> Bool {
  keys.contains { $0 != key && $0.string == key.string }
}
