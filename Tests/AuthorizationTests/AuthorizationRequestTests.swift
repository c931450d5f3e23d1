import Authorization
import StrictJSON
import Testing

@Suite("AuthorizationRequest")
struct AuthorizationRequestTests {
  @Test("A full request is read field by field")
  func readsEverything() throws {
    let request = try decode(
      #"{"username":"alice","identifier":{"destination":"CIP","class":"od"},"event_type":"dissemination","#
        + #""realm":"ecmwf","roles":["user","admin"],"request_id":"r-1"}"#
    )
    let expected = AuthorizationRequest(
      username: "alice",
      identifier: ["destination": "CIP", "class": "od"],
      eventType: "dissemination",
      realm: "ecmwf",
      roles: ["user", "admin"],
      requestID: "r-1"
    )
    #expect(request == expected)
  }

  @Test("Unknown fields are ignored, whatever is in them")
  func ignoresUnknownFields() throws {
    let request = try decode(#"{"x":{"a":1,"a":[null]},"username":"alice","identifier":{},"y":-1.5e3}"#)
    #expect(request == AuthorizationRequest(username: "alice", identifier: [:]))
  }

  @Test("An unknown field must be JSON all the same")
  func validatesUnknownFields() {
    expect(.notJSON, #"{"username":"alice","identifier":{},"x":[1,]}"#)
    expect(.notJSON, #"{"username":"alice","identifier":{},"x":"\ud800"}"#)
    expect(.nestedTooDeeply, #"{"x":\#(String(repeating: "[", count: 64))"#)
  }

  @Test("null in an optional field counts as absent, in a required one as a wrong type")
  func null() throws {
    let request = try decode(
      #"{"username":"alice","identifier":{},"event_type":null,"realm":null,"roles":null,"request_id":null}"#
    )
    #expect(request == AuthorizationRequest(username: "alice", identifier: [:]))
    expect(.wrongType, #"{"username":null,"identifier":{}}"#)
    expect(.wrongType, #"{"username":"alice","identifier":null}"#)
  }

  @Test(
    "A body that is not JSON is invalid",
    arguments: ["", "hello", "{", #"{"username":"alice","identifier":{}} x"#, "\u{FEFF}{}"]
  )
  func notJSON(_ body: String) {
    expect(.notJSON, body)
  }

  @Test("A body that is not UTF-8 is invalid")
  func notUTF8() {
    #expect {
      try AuthorizationRequest(decoding: Array(#"{"username":""#.utf8) + [0xFF] + Array(#"","identifier":{}}"#.utf8))
    } throws: {
      ($0 as? AuthorizationRequestError)?.code == .notJSON
    }
  }

  @Test("64 KiB is the longest body")
  func tooLarge() throws {
    let start = #"{"username":"alice","identifier":{},"x":""#
    let longest = start + String(repeating: "x", count: 65_536 - start.utf8.count - 2) + "\"}"
    #expect(longest.utf8.count == 65_536)
    _ = try decode(longest)
    expect(.bodyTooLarge, longest + " ")
  }

  @Test(
    "A duplicate key that is read makes the request invalid",
    arguments: [
      #"{"username":"alice","identifier":{},"username":"bob"}"#, #"{"username":"alice","identifier":{"a":"1","a":"2"}}"#,
      #"{"username":"alice","identifier":{"a":"1","\u0061":"1"}}"#, #"{"username":"alice","identifier":{},"x":1,"x":1}"#,
    ]
  )
  func duplicateKey(_ body: String) {
    expect(.duplicateKey, body)
  }

  @Test("Keys of the identifier are told apart by their bytes")
  func identifierKeys() throws {
    let request = try decode("{\"username\":\"alice\",\"identifier\":{\"\u{E9}\":\"1\",\"e\u{301}\":\"2\"}}")
    #expect(request.identifier == ["\u{E9}": "1", "e\u{301}": "2"])
  }

  @Test(
    "A wrong type makes the request invalid",
    arguments: [
      "[]", "\"alice\"", "null", #"{"username":1,"identifier":{}}"#, #"{"username":["alice"],"identifier":{}}"#,
      #"{"username":"alice","identifier":[]}"#, #"{"username":"alice","identifier":"destination"}"#,
      #"{"username":"alice","identifier":{"destination":1}}"#, #"{"username":"alice","identifier":{"destination":null}}"#,
      #"{"username":"alice","identifier":{"destination":["CIP"]}}"#, #"{"username":"alice","identifier":{},"event_type":1}"#,
      #"{"username":"alice","identifier":{},"realm":{}}"#, #"{"username":"alice","identifier":{},"roles":"admin"}"#,
      #"{"username":"alice","identifier":{},"roles":["admin",1]}"#, #"{"username":"alice","identifier":{},"roles":[null]}"#,
      #"{"username":"alice","identifier":{},"request_id":7}"#,
    ]
  )
  func wrongType(_ body: String) {
    expect(.wrongType, body)
  }

  @Test("A missing username and a missing identifier are invalid, each in its own way")
  func missing() {
    expect(.usernameMissing, #"{"identifier":{}}"#)
    expect(.usernameMissing, "{}")
    expect(.identifierMissing, #"{"username":"alice"}"#)
  }

  @Test(
    "A username with a control character is invalid: C0, DEL, C1",
    arguments: [0x00, 0x09, 0x0A, 0x1F, 0x7F, 0x80, 0x85, 0x9F] as [UInt32]
  )
  func controlCharacters(_ value: UInt32) throws {
    let scalar = try #require(Unicode.Scalar(value))
    expect(.usernameInvalid, "{\"username\":\"al\\u\(hex(value))ice\",\"identifier\":{}}")
    #expect { try AuthorizationRequest(username: ExactString("a\(scalar)"), identifier: [:]).validate() } throws: {
      ($0 as? AuthorizationRequestError)?.code == .usernameInvalid
    }
  }

  @Test(
    "The neighbours of the control characters are allowed",
    arguments: [" ", "~", "\u{A0}", "\u{AD}", "é", "e\u{301}", "\u{2028}"]
  )
  func printableCharacters(_ text: String) throws {
    #expect(try decode("{\"username\":\"a\(text)\",\"identifier\":{}}").username == ExactString("a\(text)"))
  }

  @Test("A username has 1 to 1024 bytes, counted in UTF-8")
  func usernameLength() throws {
    expect(.usernameInvalid, #"{"username":"","identifier":{}}"#)
    _ = try decode(#"{"username":"\#(String(repeating: "é", count: 512))","identifier":{}}"#)
    expect(.usernameInvalid, #"{"username":"\#(String(repeating: "x", count: 1025))","identifier":{}}"#)
    expect(.usernameInvalid, #"{"username":"\#(String(repeating: "é", count: 512))x","identifier":{}}"#)
  }

  @Test(
    "An invalid request's ID is known where it could be read, before the fault or after it",
    arguments: [
      #"{"request_id":"r-1","username":7,"identifier":{}}"#, #"{"username":7,"identifier":{},"request_id":"r-1"}"#,
      #"{"request_id":"r-1","username":"alice","identifier":{"#, #"{"request_id":"r-1","identifier":{}}"#,
      #"{"username":"","identifier":{},"request_id":"r-1"}"#, #"{"request_id":"r-1","username":"a","username":"b"}"#,
    ]
  )
  func requestIDOfInvalidRequest(_ body: String) {
    #expect { try decode(body) } throws: { ($0 as? AuthorizationRequestError)?.requestID == "r-1" }
  }

  @Test("An ID of a wrong type is not echoed")
  func wrongRequestID() {
    #expect { try decode(#"{"username":"alice","identifier":{},"request_id":7}"#) } throws: {
      ($0 as? AuthorizationRequestError)?.requestID == nil
    }
  }

  @Test("An error says nothing of the body")
  func errorsAreSafeToLog() {
    for body in [#"{"username":"s3cr3t\u0000","identifier":{}}"#, #"{"s3cr3t":1,"s3cr3t":2}"#, #"{"username":s3cr3t}"#] {
      #expect { try decode(body) } throws: { !String(describing: $0).contains("s3cr3t") }
    }
  }

  @Test("What is encoded decodes to the same request")
  func roundTrip() throws {
    let full = AuthorizationRequest(
      username: "al\"ice\u{301}",
      identifier: ["destination": "CIP", "b": "\n"],
      eventType: "t",
      realm: "ecmwf",
      roles: [],
      requestID: "r"
    )
    #expect(try AuthorizationRequest(decoding: full.encoded()) == full)
    let minimal = AuthorizationRequest(username: "alice", identifier: ["b": "2", "a": "1"])
    #expect(String(decoding: minimal.encoded(), as: UTF8.self) == #"{"username":"alice","identifier":{"a":"1","b":"2"}}"#)
  }

  private func decode(_ body: String) throws(AuthorizationRequestError) -> AuthorizationRequest {
    try AuthorizationRequest(decoding: Array(body.utf8))
  }

  private func expect(_ code: AuthorizationRequestError.Code, _ body: String, sourceLocation: SourceLocation = #_sourceLocation) {
    do throws(AuthorizationRequestError) {
      _ = try decode(body)
      Issue.record("accepted", sourceLocation: sourceLocation)
    } catch {
      #expect(error.code == code, sourceLocation: sourceLocation)
    }
  }

  private func hex(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 4 - digits.count) + digits
  }
}
