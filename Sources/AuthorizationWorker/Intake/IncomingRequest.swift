import Authorization
import RabbitMQClient

/// A delivery as the contract's section 2 reads it.
struct IncomingRequest {
  let request: AuthorizationRequest
  let replyTo: ShortString
  let correlationID: ShortString

  /// - Throws: `AuthorizationRequestError` with the first rule that the message breaks; the envelope's before the body's.
  init(_ delivery: Delivery) throws(AuthorizationRequestError) {
    let body = Result { () throws(AuthorizationRequestError) in try Self.decodeBody(delivery) }
    func envelopeError(_ code: AuthorizationRequestError.Code, _ message: String) -> AuthorizationRequestError {
      // The caller's own name for the request helps whoever looks for it, so it is kept where the body has it.
      let requestID =
        switch body {
        case .success(let request): request.requestID
        case .failure(let error): error.requestID
        }
      return AuthorizationRequestError(code, message, requestID: requestID)
    }
    guard let replyTo = delivery.properties.replyTo, !replyTo.isEmpty else {
      throw envelopeError(.replyToMissing, "The message has no reply_to")
    }
    guard let correlationID = delivery.properties.correlationID, !correlationID.isEmpty else {
      throw envelopeError(.correlationIDMissing, "The message has no correlation_id")
    }
    guard Self.isJSON(delivery.properties.contentType) else {
      throw envelopeError(.contentTypeUnsupported, "The content type is not application/json")
    }
    request = try body.get()
    self.replyTo = replyTo
    self.correlationID = correlationID
  }

  private static func decodeBody(_ delivery: Delivery) throws(AuthorizationRequestError) -> AuthorizationRequest {
    guard !delivery.isBodyTruncated else {
      throw AuthorizationRequestError(.bodyTooLarge, "The body has \(delivery.bodyByteCount) bytes")
    }
    return try AuthorizationRequest(decoding: delivery.body)
  }

  /// Absent or empty counts as JSON; parameters such as `charset` are not looked at (RFC 8259 section 11 defines none).
  private static func isJSON(_ contentType: ShortString?) -> Bool {
    guard let contentType, !contentType.isEmpty else { return true }
    let mediaType = contentType.bytes.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
    return String(decoding: mediaType, as: UTF8.self).lowercased() == "application/json"
  }
}
