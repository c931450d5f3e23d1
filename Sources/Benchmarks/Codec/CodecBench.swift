internal import Authorization
internal import Foundation
internal import StrictJSON

/// The two small JSON texts that a cached request costs, and the large one of a miss. What each operation returns depends on all that it made, so that none is left out.
enum CodecBench {
  private static let requestBody = Array(
    #"""
    {"username":"user-1234","event_type":"data","realm":"ecmwf","roles":["reader","dissemination"],\#
    "identifier":{"class":"od","destination":"CIP","stream":"oper","target":"E1","step":"24"},"request_id":"5f0c1d9a-77"}
    """#.utf8
  )

  private static let reply = AuthorizationReply(
    reason: .destinationInList,
    message: "User 'user-1234' has access to destination 'CIP'",
    cacheOutcome: .hit,
    requestID: "5f0c1d9a-77"
  )

  private static let answerBody: [UInt8] = {
    let records = (0..<2000).map { #"{"name":"DEST-\#($0)","type":16,"active":true,"comment":"A destination of the benchmark"}"# }
    return Array(#"{"destinationList":[\#(records.joined(separator: ","))],"success":"yes"}"#.utf8)
  }()

  static func readRequest() throws -> Int {
    let request = try AuthorizationRequest(decoding: requestBody)
    return request.identifier.count + (request.roles?.count ?? 0)
  }

  static func writeReply() -> Int { reply.encoded().count }

  static func readAnswer() throws -> Int {
    try DestinationList(decoding: answerBody, targetField: "name").destinations.count
  }

  static func readAnswerWithFoundation() throws -> Int {
    let answer = try decoder.decode(Answer.self, from: Data(answerBody))
    return Set(answer.destinationList.lazy.filter(\.active).map(\.name)).count
  }

  static func readRequestWithFoundation() throws -> Int {
    let request = try decoder.decode(Request.self, from: Data(requestBody))
    return request.identifier.count + (request.roles?.count ?? 0)
  }

  static func writeReplyWithFoundation() throws -> Int {
    try encoder.encode(
      Reply(
        decision: reply.decision.rawValue,
        reason: reply.reason?.rawValue,
        message: reply.message,
        cacheOutcome: reply.cacheOutcome.rawValue,
        requestID: reply.requestID
      )
    ).count
  }

  // Made once, as a service would.
  private static let decoder = JSONDecoder()
  private static let encoder = JSONEncoder()

  private struct Request: Decodable {
    let username: String
    let identifier: [String: String]
    let eventType: String?
    let realm: String?
    let roles: [String]?
    let requestID: String?

    enum CodingKeys: String, CodingKey {
      case username, identifier, realm, roles
      case eventType = "event_type"
      case requestID = "request_id"
    }
  }

  private struct Answer: Decodable {
    struct Record: Decodable {
      let name: String
      let active: Bool
    }

    let destinationList: [Record]
    let success: String
  }

  private struct Reply: Encodable {
    let decision: String
    let reason: String?
    let message: String
    let cacheOutcome: String
    let requestID: String?

    enum CodingKeys: String, CodingKey {
      case decision, reason, message
      case cacheOutcome = "cache_outcome"
      case requestID = "request_id"
    }
  }
}
