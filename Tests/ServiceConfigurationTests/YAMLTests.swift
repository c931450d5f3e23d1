import Testing

@testable import ServiceConfiguration

@Suite struct YAMLTests {
  @Test(
    "Unknown keys are refused, with what may have been meant",
    arguments: [
      ("colour: green\n", "colour: is not a known key"),
      ("ampq: {}\n", "ampq: is not a known key; did you mean amqp?"),
      ("match_key: destination\n", "match_key: is not a known key; did you mean ecpds.match_key?"),
      ("amqp: { prefech: 5 }\n", "amqp.prefech: is not a known key; did you mean amqp.prefetch?"),
      ("amqp: { tls: { cafile: x } }\n", "amqp.tls.cafile: is not a known key; did you mean amqp.tls.ca_file?"),
      ("amqp.prefetch: 5\n", "holds a key that is not a plain name (a space may be missing after a colon)"),
      ("amqp: { <<: { prefetch: 5 } }\n", "amqp: holds a key that is not a string"),
      ("5: five\n", "holds a key that is not a string"),
      ("? [a, b]\n: c\n", "holds a key that is not a string"),
    ]
  )
  func unknownKeys(rest: String, complaint: String) {
    #expect(complaints(yaml(rest)) == [complaint])
  }

  @Test(
    "A value of another type is refused, and what was found is said",
    arguments: [
      ("amqp: text\n", "amqp: expected a mapping, found a string"),
      ("amqp: [a]\n", "amqp: expected a mapping, found a list"),
      ("amqp: { prefetch: '256' }\n", "amqp.prefetch: expected a whole number, found a string"),
      ("amqp: { prefetch: many }\n", "amqp.prefetch: expected a whole number, found a string"),
      ("amqp: { prefetch: 1.5 }\n", "amqp.prefetch: expected a whole number, found a number"),
      ("amqp: { prefetch: [1] }\n", "amqp.prefetch: expected a whole number, found a list"),
      ("amqp: { request_queue: 5 }\n", "amqp.request_queue: expected a string, found a whole number; put it in quotes"),
      ("amqp: { request_queue: no }\n", "amqp.request_queue: expected a string, found a truth value; put it in quotes"),
      ("amqp: { request_queue: 2024-01-01 }\n", "amqp.request_queue: expected a string, found a date; put it in quotes"),
      ("amqp: { request_queue: { a: b } }\n", "amqp.request_queue: expected a string, found a mapping"),
      (
        "amqp: { request_queue: !custom x }\n",
        "amqp.request_queue: expected a string, found a value with a tag of another type; put it in quotes"
      ),
      ("amqp: { declare: 'true' }\n", "amqp.declare: expected true or false, found a string"),
      ("amqp: { declare: no }\n", "amqp.declare: must be true or false"),
      ("amqp: { declare: True }\n", "amqp.declare: must be true or false"),
      ("amqp: { declare: on }\n", "amqp.declare: must be true or false"),
      ("amqp: { declare: 1 }\n", "amqp.declare: expected true or false, found a whole number"),
      ("admin_roles: [admin]\n", "admin_roles: expected a mapping, found a list"),
      ("admin_roles: { ecmwf: admin }\n", "admin_roles.ecmwf: expected a list, found a string"),
      ("admin_roles: { ecmwf: }\n", "admin_roles.ecmwf: expected a list, found nothing"),
      ("admin_roles: { ecmwf: [5] }\n", "admin_roles.ecmwf[0]: expected a string, found a whole number; put it in quotes"),
      ("admin_roles: { ecmwf: [] }\n", "admin_roles[0]: realm and role names must not be empty"),
      (
        "admin_roles: { no: [admin] }\n",
        "admin_roles: holds a key that is not a string"
      ),
      ("admin_roles: { 'a b': admin }\n", "admin_roles[0]: expected a list, found a string"),
      ("admin_roles: { 'a=b': [admin] }\n", "admin_roles[0]: must not have = or | in a realm's name"),
      ("admin_roles: { ecmwf: ['a|b'] }\n", "admin_roles.ecmwf: must not have | in a role's name"),
    ]
  )
  func types(rest: String, complaint: String) {
    #expect(complaints(yaml(rest)) == [complaint])
  }

  @Test("A number or a truth value as password is refused rather than guessed at")
  func passwordTypes() {
    for value in ["12345", "yes", "1.50", "2024-01-01"] {
      #expect(complaints(yaml(ecpds: ["password": value])).first?.hasSuffix("; put it in quotes") == true)
    }
    #expect(complaints(yaml(ecpds: ["password": "'12345'"])).isEmpty)
    #expect(complaints(yaml(ecpds: ["password": "!!str 12345"])).isEmpty)
  }

  @Test("Null and nothing count as left out, for keys and whole sections")
  func null() throws {
    var expected = try load(yaml())
    for rest in ["amqp:\nhttp: ~\n", "amqp: { prefetch: , tls: null }\nadmin_roles:\n", "admin_roles: {}\n", "logging: {}\n"] {
      var loaded = try load(yaml(rest))
      loaded.sources = [:]
      expected.sources = [:]
      #expect(loaded == expected)
    }
  }

  @Test("A key that is there twice is refused, with its line")
  func duplicates() {
    #expect(
      faults("ecpds:\n  username: a\n  username: b\n")
        == [ConfigurationFault(keyPath: "ecpds.username", reason: "appears more than once", line: 2)]
    )
    #expect(faults(yaml("ecpds: {}\n")) == [ConfigurationFault(keyPath: "ecpds", reason: "appears more than once", line: 1)])
    #expect(faults(yaml("ecpds: {}\n'ecpds': {}\n")).map(\.reason) == ["appears more than once"])
    #expect(complaints(yaml("admin_roles: { a: [b], 'a': [c] }\n")) == ["a key appears more than once"])
    #expect(complaints("ecpds: { ca_file: x, ca_file: y }") == ["ca_file: appears more than once"])
  }

  @Test(
    "Anchors and aliases are refused, with their line",
    arguments: [
      "amqp: &a { prefetch: 5 }\n", "http: { host: &h localhost }\n", "x: &x\n  - a\ny: *x\n", "http: *nowhere\n",
      "*nowhere : x\n", "&a x: y\n", "x: { ? &a y }\n",
    ]
  )
  func anchors(rest: String) {
    let line = yaml().split(separator: "\n").count + 1
    let reason = "anchors, aliases and tags of one's own are not supported"
    #expect(faults(yaml(rest)) == [ConfigurationFault(keyPath: "", reason: reason, line: line)])
  }

  @Test("An anchor in sequences within sequences is found in no more steps than there are of them", .timeLimit(.minutes(1)))
  func nestedAnchor() {
    let nested = String(repeating: "[", count: 48) + "&a b" + String(repeating: "]", count: 48)
    #expect(faults(yaml("x: \(nested)\n")).map(\.reason) == ["anchors, aliases and tags of one's own are not supported"])
  }

  @Test(
    "An anchor or alias that cannot be told from a fault beside it is named as what the fault may be",
    arguments: ["x: &x a\ny: [*x, *x]\n", "x: !!str &a y\n", "x: &a !!str y\n", "x: &a {}\nx: 2\n"]
  )
  func anchorsInFaults(rest: String) throws {
    let found = faults(yaml(rest))
    #expect(found.count == 1)
    #expect(try #require(found.first).reason.hasSuffix("(anchors and aliases are not supported)"))
  }

  @Test(
    "Aliases to aliases are refused before they are multiplied, in values and in keys",
    .timeLimit(.minutes(1)),
    arguments: ["x: *a40\n", "? *a40\n: x\n", "{ *a40 : x, *a40 : y }\n", "x: { [*a40]: y }\n"]
  )
  func multipliedAliases(use: String) {
    var bomb = "a0: &a0 [lol, lol]\n"
    for level in 1...40 {
      bomb += "a\(level): &a\(level) [" + repeatElement("*a\(level - 1)", count: 9).joined(separator: ", ") + "]\n"
    }
    for directive in ["", "%TAG ! tag:yaml.org,2002:\n---\n"] {
      let found = faults(directive + bomb + use)
      #expect(found.count == 1)
      #expect(found.first?.reason.contains("not supported") == true)
    }
  }

  @Test("& and * within a text are part of it")
  func marksInTexts() throws {
    #expect(try load(yaml(ecpds: ["password": "a&b*c"])).ecpds.password.revealed == "a&b*c")
    #expect(try load(yaml(ecpds: ["password": "'&a *b'"])).ecpds.password.revealed == "&a *b")
    #expect(try load(yaml("# *not* an alias & no anchor\n")).ecpds.username == "service-account")
    let block = try load(yaml(ecpds: ["password": "|-\n    *a"]))
    #expect(block.ecpds.password.revealed == "*a")
  }

  @Test("A second document is refused")
  func documents() {
    #expect(
      faults(yaml("---\namqp: {}\n")).map(\.reason)
        == ["is not valid YAML: expected a single document in the stream, but found another document"]
    )
    #expect(complaints("---\n" + yaml() + "...\n").isEmpty)
  }

  @Test("Syntax errors are one fault with the line")
  func syntax() {
    #expect(
      faults("ecpds:\n\tusername: a\n")
        == [
          ConfigurationFault(
            keyPath: "",
            reason: "is not valid YAML: while scanning for the next token, found character that cannot start any token",
            line: 2
          )
        ]
    )
    #expect(faults("ecpds: {\n").count == 1)
    #expect(faults("ecpds: \u{1}\n").map(\.reason) == ["is not valid YAML: control characters are not allowed"])
    #expect(complaints("- a\n") == ["expected a mapping, found a list"])
    #expect(complaints("text") == ["expected a mapping, found a string"])
  }

  @Test("An empty file is a file without keys", arguments: ["", "\n", "# nothing\n", "---\n", "~\n", "{}\n"])
  func empty(text: String) {
    #expect(
      complaints(text) == [
        "ecpds.password: is required (or ecpds.password_file)", "ecpds.username: is required", "ecpds.servers: is required",
        "ecpds.match_key: is required",
      ]
    )
  }

  @Test("Deep nesting is refused before it costs a stack", arguments: ["[", "{a: ", "- "])
  func nesting(opening: String) {
    let found = faults("deep: \n " + String(repeating: opening, count: 100_000))
    #expect(found.count == 1)
    #expect(found.first?.reason.hasPrefix("is not valid YAML") == true)
  }

  @Test("A file of nothing but faults is refused in the time that its length takes", .timeLimit(.minutes(1)))
  func manyFaults() {
    let keys = (0..<100_000).map { "k\($0):\n" }.joined()
    #expect(faults(yaml(keys)).count == 100_000)
    let servers = "[" + String(repeating: "http://a.example,", count: 50_000) + "]"
    #expect(faults(yaml(ecpds: ["servers": servers])).count == 50_000)
  }

  @Test("A byte order mark and CRLF are no obstacle")
  func byteOrderMark() throws {
    #expect(try load("\u{FEFF}" + yaml()).ecpds.username == "service-account")
    #expect(try load(yaml().replacing("\n", with: "\r\n")).ecpds.username == "service-account")
  }

  @Test("A file that is missing, too large, a folder or not UTF-8 is one fault")
  func file() throws {
    func complaint(_ path: String) -> String? {
      do throws(ConfigurationError) {
        _ = try ServiceConfiguration.load(contentsOf: path, environment: [:])
        return nil
      } catch {
        #expect(error.faults.count == 1)
        #expect(error.file == path)
        return error.faults.first?.reason
      }
    }
    #expect(complaint("/nonexistent/worker.yaml") == "cannot be read: No such file or directory")
    try withTemporaryFolder { #expect(complaint($0) == "cannot be read: Is a directory") }
    try withFile([0xC3, 0x28]) { #expect(complaint($0) == "is not UTF-8") }
    let padding = "# \(String(repeating: "x", count: ServiceConfiguration.maximumFileSize - yaml().utf8.count - 3))\n"
    try withFile((yaml() + padding).utf8) { #expect(complaint($0) == nil) }
    try withFile((yaml() + padding + "\n").utf8) { #expect(complaint($0) == "must not be larger than 1024 KiB") }
    #expect(complaint("/dev/zero") == "must not be larger than 1024 KiB")
  }
}
