import Glibc

/// A file of trusted certificates. libcurl reads it when it connects; a file that cannot be one is better found at start.
enum CertificateFile {
  private static let maximumByteCount = 4 * 1024 * 1024

  static func validate(_ path: String) throws(CurlHTTPError) {
    guard let file = fopen(path, "re") else { throw invalid(path, "cannot be opened: \(lastError())") }
    defer { fclose(file) }
    let contents = [UInt8](unsafeUninitializedCapacity: maximumByteCount + 1) { buffer, count in
      count = fread(buffer.baseAddress, 1, buffer.count, file)
    }
    guard ferror(file) == 0 else { throw invalid(path, "cannot be read: \(lastError())") }
    guard contents.count <= maximumByteCount else { throw invalid(path, "is longer than \(maximumByteCount) bytes") }
    // OpenSSL knows "BEGIN CERTIFICATE" and "BEGIN TRUSTED CERTIFICATE".
    guard contents.contains("CERTIFICATE-----".utf8) else { throw invalid(path, "has no certificate in PEM form in it") }
  }

  private static func invalid(_ path: String, _ problem: String) -> CurlHTTPError {
    CurlHTTPError(.invalidConfiguration, "the CA file \(path) \(problem)")
  }

  private static func lastError() -> String { String(cString: strerror(errno)) }
}
