import Foundation

/// What a PEM file (RFC 7468) must hold to be of use for TLS. Whether the certificates are any good is for TLS to say.
enum PEM {
  /// At least one certificate, and none that is damaged: TLS libraries refuse a file for one of them.
  static func checkCertificates(_ bytes: [UInt8]) throws(InvalidValue) {
    let blocks = blocks(in: bytes).filter { certificateLabels.contains($0.label) }
    guard !blocks.isEmpty else { throw InvalidValue(reason: "holds no certificate in PEM form") }
    guard blocks.allSatisfy({ isDER($0.content) }) else { throw InvalidValue(reason: "holds a certificate that is damaged") }
  }

  /// A private key that can be used without asking anybody for a passphrase.
  static func checkPrivateKey(_ bytes: [UInt8]) throws(InvalidValue) {
    guard let block = blocks(in: bytes).first(where: { $0.label.hasSuffix("PRIVATE KEY") }) else {
      throw InvalidValue(reason: "holds no private key in PEM form")
    }
    guard block.label != "ENCRYPTED PRIVATE KEY", !block.content.contains("ENCRYPTED") else {
      throw InvalidValue(reason: "holds a private key that is protected by a passphrase, which is not supported")
    }
    guard isDER(block.content) else { throw InvalidValue(reason: "holds a private key that is damaged") }
  }

  /// The labels that OpenSSL knows.
  private static let certificateLabels = ["CERTIFICATE", "X509 CERTIFICATE", "TRUSTED CERTIFICATE"]

  private static func blocks(in bytes: [UInt8]) -> [(label: String, content: String)] {
    var blocks: [(label: String, content: String)] = []
    var open: (label: String, content: String)?
    for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
      let line = line.trimmingCharacters(in: .whitespaces)
      if line.hasPrefix("-----BEGIN "), line.hasSuffix("-----") {
        open = (String(line.dropFirst(11).dropLast(5)), "")
      } else if let block = open, line == "-----END \(block.label)-----" {
        blocks.append(block)
        open = nil
      } else {
        open?.content += line
      }
    }
    // A block without its end is damaged, which its content then shows.
    return blocks + (open.map { [($0.label, "")] } ?? [])
  }

  /// Whether the text is Base64 of one DER sequence, neither cut off nor followed by anything.
  private static func isDER(_ base64: String) -> Bool {
    guard let data = Data(base64Encoded: base64), data.count > 2, data[0] == 0x30 else { return false }
    let firstLengthByte = Int(data[1])
    guard firstLengthByte >= 0x80 else { return data.count == 2 + firstLengthByte }
    let lengthByteCount = firstLengthByte - 0x80
    guard (1...4).contains(lengthByteCount), data.count > 2 + lengthByteCount else { return false }
    let length = data[2..<(2 + lengthByteCount)].reduce(0) { $0 << 8 | Int($1) }
    return data.count == 2 + lengthByteCount + length
  }
}
