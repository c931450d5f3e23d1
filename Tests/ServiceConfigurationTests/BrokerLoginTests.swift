import Testing

@testable import ServiceConfiguration

/// `amqp.password_file` and `amqp.sasl_mechanism`.
@Suite struct BrokerLoginTests {
  private static let complaint = "amqp.password_file: must not be set together with a password in amqp.url"

  private func amqp(_ keys: String) -> String { yaml("amqp: { \(keys) }\n") }

  @Test("The file's content is the password of the URL's user, whichever source the URL is in")
  func passwordFile() throws {
    try withFile("from-file\n".utf8) { path in
      let both = try load(amqp("url: 'amqp://worker@localhost', password_file: \(path)"))
      #expect(both.amqp.url.username == "worker")
      #expect(both.amqp.url.password.revealed == "from-file")
      #expect(both.amqp.passwordFile == path)
      let variable = try load(amqp("password_file: \(path)"), ["AMQP_URL": "amqp://other@localhost"])
      #expect(variable.amqp.url.username == "other")
      #expect(variable.amqp.url.password.revealed == "from-file")
      let builtIn = try load(amqp("password_file: \(path)"))
      #expect(builtIn.amqp.url.password.revealed == "from-file")
    }
  }

  @Test("A password in the URL and a password file in one source are one too many")
  func bothInOneSource() {
    #expect(complaints(amqp("url: 'amqp://a:b@localhost', password_file: file")) == [Self.complaint])
    let variables = ["AMQP_URL": "amqp://a:b@localhost", "AMQP_PASSWORD_FILE": "file"]
    #expect(complaints(yaml(), variables) == [Self.complaint])
    #expect(faults(yaml(), variables).first?.variable == "AMQP_PASSWORD_FILE")
  }

  @Test("The environment's password wins over the file's password_file, and its password file over the file's password")
  func acrossSources() throws {
    let direct = try load(amqp("password_file: missing"), ["AMQP_URL": "amqp://a:word@localhost"])
    #expect(direct.amqp.url.password.revealed == "word")
    #expect(direct.amqp.passwordFile == nil)
    try withFile("other".utf8) { path in
      let indirect = try load(amqp("url: 'amqp://a:word@localhost'"), ["AMQP_PASSWORD_FILE": path])
      #expect(indirect.amqp.url.password.revealed == "other")
    }
  }

  @Test("The broker's password file has the rules of the other one")
  func rules() throws {
    try withFile("word\n\n".utf8) { path in
      #expect(
        complaints(amqp("password_file: \(path)"))
          == ["amqp.password_file: the password in it must not begin or end with white space"]
      )
    }
    #expect(complaints(amqp("password_file: /nonexistent")) == ["amqp.password_file: cannot be read: No such file or directory"])
  }

  @Test("The external login takes a certificate and amqps://, and nothing that looks like another login")
  func external() throws {
    try withFiles(["pem": pem, "password": "word"]) { folder in
      let tls = "sasl_mechanism: external, tls: { certificate_file: \(folder)/pem, key_file: \(folder)/pem }"
      let configuration = try load(amqp("url: 'amqps://broker.example', \(tls)"))
      #expect(configuration.amqp.saslMechanism == .external)
      // No user that has nothing to do with it.
      #expect(configuration.redactedYAML().contains(#"url: "amqps://broker.example:5671/%2F"  # file"#))
      #expect(
        complaints(amqp("url: 'amqps://broker.example', sasl_mechanism: external"))
          == ["amqp.sasl_mechanism: external needs amqp.tls.certificate_file"]
      )
      #expect(complaints(amqp("sasl_mechanism: external")) == ["amqp.sasl_mechanism: external needs amqps://"])
      #expect(
        complaints(amqp("url: 'amqps://a@broker.example', \(tls)"))
          == ["amqp.url: must not name a user with amqp.sasl_mechanism external: the certificate does"]
      )
      #expect(
        complaints(amqp("url: 'amqps://broker.example', password_file: \(folder)/password, \(tls)"))
          == ["amqp.password_file: has no effect with amqp.sasl_mechanism external; leave it out"]
      )
      #expect(complaints(amqp("sasl_mechanism: gssapi")) == ["amqp.sasl_mechanism: must be one of plain, external"])
    }
  }
}
