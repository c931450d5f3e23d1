import CCurl
import Testing

@testable import CurlHTTPClient

@Suite("HTTP client: libcurl's values in this client's terms")
struct MappingTests {
  @Test(
    "every failure of a transfer has its code",
    arguments: [
      (CURLE_COULDNT_RESOLVE_HOST, .unreachable), (CURLE_COULDNT_CONNECT, .unreachable), (CURLE_SEND_ERROR, .unreachable),
      (CURLE_RECV_ERROR, .unreachable), (CURLE_GOT_NOTHING, .unreachable), (CURLE_PARTIAL_FILE, .responseTruncated),
      (CURLE_HTTP2_STREAM, .unreachable), (CURLE_OPERATION_TIMEDOUT, .timedOut), (CURLE_SSL_CONNECT_ERROR, .tlsFailed),
      (CURLE_PEER_FAILED_VERIFICATION, .tlsFailed), (CURLE_SSL_CACERT_BADFILE, .tlsFailed), (CURLE_SSL_CIPHER, .tlsFailed),
      (CURLE_FILESIZE_EXCEEDED, .responseTooLarge), (CURLcode(100), .responseTooLarge), (CURLE_URL_MALFORMAT, .invalidURL),
      (CURLE_LOGIN_DENIED, .invalidURL),
      (CURLE_UNSUPPORTED_PROTOCOL, .protocolError), (CURLE_WEIRD_SERVER_REPLY, .protocolError), (CURLE_HTTP2, .protocolError),
      (CURLE_OUT_OF_MEMORY, .outOfMemory), (CURLE_ABORTED_BY_CALLBACK, .internalError), (CURLE_UNKNOWN_OPTION, .internalError),
    ] as [(CURLcode, CurlHTTPError.Code)]
  )
  func codes(curlCode: CURLcode, code: CurlHTTPError.Code) {
    let error = CurlHTTPError(curlCode)
    #expect(error.code == code)
    #expect(error.curlCode == Int32(curlCode.rawValue))
    #expect(!error.message.isEmpty)
  }

  @Test("the error buffer's text goes before the code's")
  func detail() {
    #expect(CurlHTTPError(CURLE_COULDNT_CONNECT, detail: "Connection refused").message == "Connection refused")
    #expect(CurlHTTPError(CURLE_COULDNT_CONNECT).message == String(cString: curl_easy_strerror(CURLE_COULDNT_CONNECT)))
  }

  @Test("only what can pass by itself is retriable")
  func retriable() {
    let retriable = CurlHTTPError.Code.allCases.filter { CurlHTTPError($0, "").isRetriable }
    #expect(retriable == [.unreachable, .timedOut, .outOfMemory])
  }

  @Test("a limit of time is rounded up to milliseconds and is never none")
  func milliseconds() {
    #expect(Duration.seconds(5).wholeMilliseconds == 5000)
    #expect(Duration.microseconds(1500).wholeMilliseconds == 2)
    #expect(Duration.nanoseconds(1).wholeMilliseconds == 1)
    #expect(Duration.zero.wholeMilliseconds == 1)
    #expect(Duration.seconds(-1).wholeMilliseconds == 1)
    #expect(Duration.seconds(Int64.max).wholeMilliseconds == Int(Int32.max))
  }

  @Test("a response is collected up to its limits and not beyond")
  func buffer() {
    var buffer = ResponseBuffer(maximumBodyByteCount: 3)
    func receive(_ bytes: [UInt8]) -> Bool { bytes.withUnsafeBytes { buffer.receiveBody($0) } }
    let pieces: [[UInt8]] = [[1, 2], [3], [], [4]]
    #expect(pieces.map(receive) == [true, true, true, false])
    #expect(buffer.body == [1, 2, 3])
    #expect(buffer.overflow == .body(limit: 3))
  }

  @Test("header lines are limited all together")
  func headers() {
    var buffer = ResponseBuffer(maximumBodyByteCount: 0)
    let lengths = [ResponseBuffer.maximumHeaderByteCount - 1, 1, 1]
    #expect(lengths.map { buffer.receiveHeader(byteCount: $0) } == [true, true, false])
    #expect(buffer.overflow == .header(limit: ResponseBuffer.maximumHeaderByteCount))
  }
}
