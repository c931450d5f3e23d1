import Testing

@testable import ECPDSSimulatorData

@Suite("Credentials")
struct BasicCredentialsTests {
  @Test(
    "base 64 follows RFC 4648's test vectors",
    arguments: [
      ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
      ("foobar", "Zm9vYmFy"),
    ]
  )
  func base64(text: String, encoded: String) {
    #expect(BasicCredentials.base64(Array(text.utf8)) == Array(encoded.utf8))
  }

  @Test("credentials match RFC 7617's example, with the scheme in any case")
  func credentialsMatch() {
    let credentials = BasicCredentials(username: "Aladdin", password: "open sesame")
    #expect(credentials.matches(authorization: "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="))
    #expect(credentials.matches(authorization: "bASIC  QWxhZGRpbjpvcGVuIHNlc2FtZQ=="))
  }

  @Test(
    "nothing else matches",
    arguments: [
      "", "Basic", "Basic ", "Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
      "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ",
      "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ== ", "Basic qWxhZGRpbjpvcGVuIHNlc2FtZQ==",
    ]
  )
  func credentialsDoNotMatch(authorization: String) {
    let credentials = BasicCredentials(username: "Aladdin", password: "open sesame")
    #expect(!credentials.matches(authorization: authorization))
  }

  @Test("credentials do not describe themselves")
  func credentialsAreRedacted() {
    let credentials = BasicCredentials(username: "Aladdin", password: "open sesame")
    var dumped = ""
    dump(credentials, to: &dumped)
    #expect("\(credentials)" == "BasicCredentials(redacted)")
    #expect(String(reflecting: credentials) == "BasicCredentials(redacted)")
    #expect(dumped == "- BasicCredentials(redacted)\n")
  }
}
