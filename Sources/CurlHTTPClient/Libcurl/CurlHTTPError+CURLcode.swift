import CCurl

extension CurlHTTPError {
  /// libcurl's answer as an error. `detail` is what it left in the error buffer, which says more than the code does.
  init(_ curlCode: CURLcode, detail: String = "", status: Int? = nil) {
    var message = detail.isEmpty ? String(cString: curl_easy_strerror(curlCode)) : detail
    if curlCode == CURLE_SSL_CACERT_BADFILE { message = "the certificate authorities cannot be used: \(message)" }
    self.init(Code(curlCode), message, status: status, curlCode: Int32(bitPattern: curlCode.rawValue))
  }

  /// The multi interface's answer as an error.
  init(_ multiCode: CURLMcode, in function: String) {
    let message = "\(function): \(String(cString: curl_multi_strerror(multiCode)))"
    self.init(multiCode == CURLM_OUT_OF_MEMORY ? .outOfMemory : .internalError, message)
  }
}

extension CurlHTTPError.Code {
  /// What libcurl's code for a failed transfer means for the caller.
  init(_ curlCode: CURLcode) {
    self =
      switch curlCode {
      case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT, CURLE_SEND_ERROR, CURLE_RECV_ERROR,
        CURLE_GOT_NOTHING, CURLE_NO_CONNECTION_AVAILABLE:
        .unreachable
      // HTTP/2's form of a connection reset.
      case CURLE_HTTP2_STREAM: .unreachable
      case CURLE_OPERATION_TIMEDOUT: .timedOut
      case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CIPHER,
        CURLE_SSL_CERTPROBLEM,
        CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS, CURLE_SSL_CLIENTCERT, CURLE_SSL_ENGINE_NOTFOUND,
        CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_CRL_BADFILE, CURLE_SSL_PINNEDPUBKEYNOTMATCH,
        CURLE_SSL_SHUTDOWN_FAILED, CURLE_USE_SSL_FAILED:
        .tlsFailed
      // A body that is declared, or from 8.4 on has become, too long; from 8.6 on also a header that is longer than libcurl takes.
      case CURLE_FILESIZE_EXCEEDED, ccurl_too_large: .responseTooLarge
      case CURLE_PARTIAL_FILE: .responseTruncated
      // A URL that has user information in it is refused as a denied login.
      case CURLE_URL_MALFORMAT, CURLE_LOGIN_DENIED: .invalidURL
      // The scheme is checked before libcurl sees it, so this is a response that has no status line (HTTP/0.9).
      case CURLE_UNSUPPORTED_PROTOCOL: .protocolError
      case CURLE_WEIRD_SERVER_REPLY, CURLE_HTTP2, CURLE_HTTP3, CURLE_BAD_CONTENT_ENCODING, CURLE_HTTP_RETURNED_ERROR:
        .protocolError
      case CURLE_OUT_OF_MEMORY: .outOfMemory
      default: .internalError
      }
  }
}
