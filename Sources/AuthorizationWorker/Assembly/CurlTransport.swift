import Authorization
import CurlHTTPClient

/// What the decision needs of HTTP, by libcurl.
struct CurlTransport: HTTPTransport {
  let client: CurlHTTPClient
  let credentials: RotatingCredentials

  func execute(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse {
    do throws(CurlHTTPError) {
      let response = try await client.execute(
        CurlHTTPClient.Request(
          url: request.url,
          username: request.credentials.username,
          password: request.credentials.password,
          certificateAuthorities: await credentials.certificateAuthorities(),
          connectTimeout: request.connectTimeout,
          timeout: request.timeout,
          maximumResponseByteCount: request.maximumResponseByteCount
        )
      )
      // This answer stands; the next request is made with the password that the file has now.
      if response.status == 401 { await credentials.reload(.refusedByECPDS) }
      return HTTPResponse(status: response.status, body: response.body)
    } catch {
      throw HTTPTransportError(code: HTTPTransportError.Code(error.code), message: error.message, status: error.status)
    }
  }
}

extension HTTPTransportError.Code {
  fileprivate init(_ code: CurlHTTPError.Code) {
    switch code {
    case .timedOut: self = .timedOut
    case .tlsFailed: self = .tlsFailed
    case .responseTooLarge: self = .responseTooLarge
    case .responseTruncated: self = .responseTruncated
    case .protocolError: self = .malformedResponse
    case .cancelled, .shutDown: self = .cancelled
    case .unreachable, .invalidURL, .invalidCredentials, .invalidConfiguration, .outOfMemory, .internalError: self = .unreachable
    }
  }
}
