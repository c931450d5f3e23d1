import Glibc
import NIOCore
import Testing

@testable import ECPDSSimulator

@Suite("Server, over a loopback connection", .timeLimit(.minutes(1)))
struct ServerTests {
  @Test("an answer comes with its length and type")
  func answers() async throws {
    try await RawConnection.withConnection { connection in
      try await connection.sendListRequest(id: "alice")
      let response = try await connection.receiveResponse()
      #expect(response.status == 200)
      #expect(
        response.headers == ["content-type": "application/json", "content-length": String(TestSimulator.aliceAnswer.utf8.count)]
      )
      #expect(response.text == TestSimulator.aliceAnswer)
    }
  }

  @Test("a connection serves one request after the other, also after a refusal")
  func keepAlive() async throws {
    try await RawConnection.withConnection { connection in
      for (headers, status) in [("", 401), ("Authorization: \(TestSimulator.authorization)\r\n", 200), ("", 401)] {
        try await connection.sendListRequest(id: "alice", headers: headers)
        #expect(try await connection.receiveResponse().status == status)
      }
    }
  }

  @Test("requests that are sent ahead are answered in their order, also behind one that is held back")
  func pipelining() async throws {
    try await RawConnection.withConnection { connection in
      #expect(try await connection.setFault(#"{"user":"alice","latency_ms":20}"#) == 204)
      let users = ["alice", "bob", "nobody", "alice", "user-1"]
      let head = " HTTP/1.1\r\nHost: test\r\nAuthorization: \(TestSimulator.authorization)\r\n\r\n"
      try await connection.send(users.map { "GET \(TestSimulator.listPath)?id=\($0)\(head)" }.joined())
      var bodies: [String] = []
      for _ in users {
        bodies.append(try await connection.receiveResponse().text)
      }
      let simulation = TestSimulator.makeSimulation()
      #expect(try bodies == users.map { try simulation.response(to: TestSimulator.listRequest(id: $0)).text })
    }
  }

  @Test("a client that wants the connection closed, or speaks HTTP/1.0, has it closed after the answer")
  func closes() async throws {
    for (version, header) in [("1.1", "Connection: close\r\n"), ("1.0", "")] {
      try await RawConnection.withConnection { connection in
        try await connection.send("GET /simulator/health HTTP/\(version)\r\nHost: test\r\n\(header)\r\n")
        let response = try await connection.receiveResponse()
        #expect(response.status == 200)
        #expect(response.headers["connection"] == "close")
        #expect(try await connection.receiveToEnd().isEmpty)
      }
    }
  }

  @Test("a body of 64 KiB is read; one byte more is answered 413 and ends the connection")
  func bodyLimit() async throws {
    try await RawConnection.withConnection { connection in
      let fault = #"{"status":503}"#
      let padding = String(repeating: " ", count: 64 * 1024 - fault.utf8.count)
      #expect(try await connection.setFault(fault + padding) == 204)
      try await connection.send("PUT /simulator/faults HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n10001\r\n")
      try await connection.send(fault + padding + " ")
      #expect(try await connection.receiveResponse().status == 413)
      #expect(try await connection.receiveToEnd().isEmpty)
    }
  }

  @Test("what is not HTTP is answered 400 and ends the connection")
  func notHTTP() async throws {
    try await RawConnection.withConnection { connection in
      try await connection.send("hello\r\n\r\n")
      #expect(try await connection.receiveResponse().status == 400)
      #expect(try await connection.receiveToEnd().isEmpty)
    }
  }

  @Test("a fault is on for the next request and off after it is removed, without a new connection")
  func switchesFaults() async throws {
    try await RawConnection.withConnection { connection in
      #expect(try await connection.setFault(#"{"status":503}"#) == 204)
      try await connection.sendListRequest(id: "alice")
      #expect(try await connection.receiveResponse().status == 503)
      try await connection.send("DELETE /simulator/faults HTTP/1.1\r\nHost: test\r\n\r\n")
      #expect(try await connection.receiveResponse().status == 204)
      try await connection.sendListRequest(id: "alice")
      #expect(try await connection.receiveResponse().status == 200)
    }
  }

  @Test("a partial body announces all of it, sends half and ends the connection in good order")
  func partialBody() async throws {
    try await RawConnection.withConnection { connection in
      #expect(try await connection.setFault(#"{"partial_body":true}"#) == 204)
      try await connection.sendListRequest(id: "alice")
      let head = try await connection.receiveHead()
      let answer = Array(TestSimulator.aliceAnswer.utf8)
      #expect(head.status == 200)
      #expect(head.headers["content-length"] == String(answer.count))
      #expect(try await connection.receiveToEnd() == Array(answer.prefix(answer.count / 2)))
    }
  }

  @Test("a reset ends the connection with RST, for that user alone")
  func reset() async throws {
    try await RawConnection.withConnection { connection in
      #expect(try await connection.setFault(#"{"user":"alice","reset":true}"#) == 204)
      try await connection.sendListRequest(id: "bob")
      #expect(try await connection.receiveResponse().status == 200)
      try await connection.sendListRequest(id: "alice")
      do {
        _ = try await connection.receiveToEnd()
        Issue.record("the connection ended without a reset")
      } catch let error as IOError {
        #expect(error.errnoCode == ECONNRESET)
      }
    }
  }

  @Test("an oversized body is chunked, larger than 200 MB, and the connection serves on after it")
  func oversizedBody() async throws {
    try await RawConnection.withConnection { connection in
      #expect(try await connection.setFault(#"{"user":"alice","body":"oversized"}"#) == 204)
      try await connection.sendListRequest(id: "alice")
      let head = try await connection.receiveHead()
      #expect(head.status == 200)
      #expect(head.headers == ["content-type": "application/json", "transfer-encoding": "chunked"])
      #expect(try await connection.countBytes(through: "],\"success\":\"yes\"}\r\n0\r\n\r\n") > 200_000_000)
    }
  }
}
