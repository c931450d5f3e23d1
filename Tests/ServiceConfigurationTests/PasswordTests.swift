import Testing

@testable import ServiceConfiguration

@Suite struct PasswordTests {
  @Test(
    "The password file's content is the password, without one newline at its end",
    arguments: [("from-file", "from-file"), ("from-file\n", "from-file"), ("with inner space\n", "with inner space")]
  )
  func content(file: String, password: String) throws {
    try withFile(file.utf8) { path in
      let configuration = try load(yaml(ecpds: ["password": nil, "password_file": path]))
      #expect(configuration.ecpds.password.revealed == password)
      #expect(configuration.ecpds.passwordFile == path)
    }
  }

  @Test(
    "A password file with something else in it is refused by the password's rules",
    arguments: [
      ("", "the password in it must not be empty"), ("\n", "the password in it must not be empty"),
      ("word\n\n", "the password in it must not begin or end with white space"),
      ("word\r\n", "the password in it must not begin or end with white space"),
      (" word", "the password in it must not begin or end with white space"),
      ("wo\u{0}rd", "the password in it must not hold control characters"),
    ]
  )
  func refusedContent(file: String, reason: String) throws {
    try withFile(file.utf8) { path in
      #expect(
        faults(yaml(ecpds: ["password": nil, "password_file": path]))
          == [ConfigurationFault(keyPath: "ecpds.password_file", reason: reason, line: 3)]
      )
    }
  }

  @Test("A password file may be as large as 64 KiB and no larger, and must be UTF-8")
  func bounds() throws {
    let limit = 64 * 1024
    try withFile(repeatElement(UInt8(ascii: "x"), count: limit)) { path in
      let configuration = try load(yaml(ecpds: ["password": nil, "password_file": path]))
      #expect(configuration.ecpds.password.revealed.utf8.count == limit)
    }
    try withFile(repeatElement(UInt8(ascii: "x"), count: limit + 1)) { path in
      #expect(
        complaints(yaml(ecpds: ["password": nil, "password_file": path])) == [
          "ecpds.password_file: must not be larger than 64 KiB"
        ]
      )
    }
    try withFile([0xFF, 0xFE]) { path in
      #expect(complaints(yaml(ecpds: ["password": nil, "password_file": path])) == ["ecpds.password_file: does not hold UTF-8"])
    }
  }

  @Test("A password file that cannot be read is a fault with the system's reason, and does not repeat what may be the password")
  func unreadable() throws {
    let missing = "cannot be read: No such file or directory"
    let found = faults(yaml(ecpds: ["password": nil, "password_file": "hunter2-secret"]))
    #expect(found == [ConfigurationFault(keyPath: "ecpds.password_file", reason: missing, line: 3)])
    try withTemporaryFolder { folder in
      #expect(
        complaints(yaml(ecpds: ["password": nil, "password_file": folder])) == [
          "ecpds.password_file: cannot be read: Is a directory"
        ]
      )
    }
  }

  @Test("Password and password file in one source are one too many")
  func bothInOneSource() {
    let complaint = "ecpds.password_file: must not be set together with ecpds.password"
    #expect(complaints(yaml(ecpds: ["password_file": "file"])) == [complaint])
    let variables = ["ECPDS_PASSWORD": "word", "ECPDS_PASSWORD_FILE": "file"]
    #expect(complaints(yaml(ecpds: ["password": nil]), variables) == [complaint])
    #expect(faults(yaml(), variables).first?.variable == "ECPDS_PASSWORD_FILE")
  }

  @Test("The environment's password wins over the file's password_file, and its password file over the file's password")
  func acrossSources() throws {
    let direct = try load(yaml(ecpds: ["password": nil, "password_file": "missing"]), ["ECPDS_PASSWORD": "word"])
    #expect(direct.ecpds.password.revealed == "word")
    #expect(direct.ecpds.passwordFile == nil)
    try withFile("other".utf8) { path in
      let indirect = try load(yaml(), ["ECPDS_PASSWORD_FILE": path])
      #expect(indirect.ecpds.password.revealed == "other")
    }
  }

  @Test("Neither password nor password file: the password is required")
  func neither() {
    #expect(complaints(yaml(ecpds: ["password": nil])) == ["ecpds.password: is required (or ecpds.password_file)"])
  }
}
