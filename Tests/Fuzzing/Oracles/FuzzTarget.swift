/// A decoder that hostile bytes are tried on, and what must hold of it whatever they are.
///
/// A run that ends is not enough: each target also compares the decoder with itself (what it reads it writes and reads again) and, for
/// JSON, with Foundation's decoder.
public enum FuzzTarget: String, Sendable, CaseIterable {
  /// A request as a message's body.
  case request
  /// An ECPDS server's answer.
  case response
  /// A reply, on the caller's side.
  case reply
  /// A configuration file.
  case configuration

  /// Decodes the bytes.
  ///
  /// - Throws: a ``Finding`` if something does not hold that must. Bytes that are refused are none.
  public func check(_ bytes: [UInt8]) throws {
    switch self {
    case .request: try checkRequest(bytes)
    case .response: try checkResponse(bytes)
    case .reply: try checkReply(bytes)
    case .configuration: try checkConfiguration(bytes)
    }
  }
}

/// What a decoder has done and must not do.
public struct Finding: Error, CustomStringConvertible {
  public let description: String
}

func require(_ condition: Bool, _ description: @autoclosure () -> String) throws(Finding) {
  guard condition else { throw Finding(description: description()) }
}
