import Testing

@testable import ServiceConfiguration

@Suite struct PEMTests {
  private static let certificate = "-----BEGIN CERTIFICATE-----\nMAEA\n-----END CERTIFICATE-----\n"

  private func complaint(certificates text: String) -> String? {
    complaint { () throws(InvalidValue) in try PEM.checkCertificates(Array(text.utf8)) }
  }

  private func complaint(key text: String) -> String? {
    complaint { () throws(InvalidValue) in try PEM.checkPrivateKey(Array(text.utf8)) }
  }

  private func complaint(of check: () throws(InvalidValue) -> Void) -> String? {
    do throws(InvalidValue) {
      try check()
      return nil
    } catch {
      return error.reason
    }
  }

  @Test(
    "One certificate or more, with whatever else around them",
    arguments: [
      certificate, certificate + certificate, "Subject: CN=x\n" + certificate + "# end",
      certificate.replacing("\n", with: "\r\n"),
      certificate.replacing("CERTIFICATE", with: "TRUSTED CERTIFICATE"), pem,
    ]
  )
  func certificates(text: String) {
    #expect(complaint(certificates: text) == nil)
  }

  @Test(
    "A file without a certificate is refused",
    arguments: ["", "garbage", "MAEA", certificate.replacing("CERTIFICATE", with: "X509 CRL"), "-----END CERTIFICATE-----"]
  )
  func noCertificate(text: String) {
    #expect(complaint(certificates: text) == "holds no certificate in PEM form")
  }

  @Test(
    "A file with a certificate that is cut off, or is none, is refused, even beside a good one",
    arguments: ["nonsense", "", "MAIA", "MAEAAA==", "MIIBAA==", "BAEA", "MIA="]
  )
  func damagedCertificate(content: String) {
    let reason = "holds a certificate that is damaged"
    let damaged = Self.certificate.replacing("MAEA", with: content)
    #expect(complaint(certificates: damaged) == reason)
    #expect(complaint(certificates: Self.certificate + damaged) == reason)
    #expect(complaint(certificates: Self.certificate + "-----BEGIN CERTIFICATE-----\nMAEA\n") == reason)
  }

  @Test("A private key of any kind, and none with a passphrase")
  func privateKey() {
    for kind in ["", "RSA ", "EC "] {
      let key = "-----BEGIN \(kind)PRIVATE KEY-----\nMAEA\n-----END \(kind)PRIVATE KEY-----\n"
      #expect(complaint(key: key) == nil)
      let protected = key.replacing("MAEA", with: "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nMAEA")
      #expect(complaint(key: protected) == "holds a private key that is protected by a passphrase, which is not supported")
      #expect(complaint(key: key.replacing("MAEA", with: "MAIA")) == "holds a private key that is damaged")
    }
    let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAEA\n-----END ENCRYPTED PRIVATE KEY-----\n"
    #expect(complaint(key: encrypted) == "holds a private key that is protected by a passphrase, which is not supported")
    #expect(complaint(key: Self.certificate) == "holds no private key in PEM form")
  }

  @Test("Every key that names a file for TLS is refused for its content")
  func keys() throws {
    try withFile("garbage".utf8) { file in
      let tls = "{ ca_file: \(file), certificate_file: \(file), key_file: \(file) }"
      #expect(
        complaints(yaml(ecpds: ["ca_file": file], "amqp: { url: 'amqps://localhost', tls: \(tls) }\n")) == [
          "ecpds.ca_file: holds no certificate in PEM form", "amqp.tls.ca_file: holds no certificate in PEM form",
          "amqp.tls.certificate_file: holds no certificate in PEM form", "amqp.tls.key_file: holds no private key in PEM form",
        ]
      )
    }
  }
}
