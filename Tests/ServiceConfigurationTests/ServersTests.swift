import Testing

@testable import ServiceConfiguration

@Suite struct ServersTests {
  private func complaints(servers: String, allowingPlaintext: Bool = false) -> [String] {
    ServiceConfigurationTests.complaints(yaml(ecpds: ["servers": servers, "allow_plaintext": "\(allowingPlaintext)"]))
  }

  @Test("Missing and empty lists are refused")
  func missing() {
    #expect(ServiceConfigurationTests.complaints(yaml(ecpds: ["servers": nil])) == ["ecpds.servers: is required"])
    #expect(complaints(servers: "") == ["ecpds.servers: is required"])
    #expect(complaints(servers: "[]") == ["ecpds.servers: must not be empty"])
    #expect(complaints(servers: "https://a.example") == ["ecpds.servers: expected a list, found a string"])
    #expect(
      complaints(servers: "[https://a.example, 5]") == [
        "ecpds.servers[1]: expected a string, found a whole number; put it in quotes"
      ]
    )
    #expect(complaints(servers: "[https://a.example, ]") == [])
    #expect(
      complaints(servers: "[https://a.example, ~]") == ["ecpds.servers[1]: expected a string, found nothing; put it in quotes"]
    )
  }

  @Test(
    "A server that is no https:// base URL is refused with its position and the reason",
    arguments: [
      ("''", "must not be empty"),
      ("' https://a.example'", "must not begin or end with white space"),
      ("\"https://a.example\\n\"", "must not begin or end with white space"),
      ("monitor.example", "is not a URL: it does not begin with a scheme and ://"),
      ("'https:/a.example'", "is not a URL: it does not begin with a scheme and ://"),
      ("'https://'", "is not a URL: it names no host"),
      ("'https:///path'", "is not a URL: it names no host"),
      ("'https://a b.example'", "is not a URL: it holds a character that must be percent-encoded"),
      ("'https://a.example\\path'", "is not a URL: it holds a character that must be percent-encoded"),
      ("'https://a..example'", "is not a URL: its host is no name and no address"),
      ("'https://256.1.1.1'", "is not a URL: its host is no name and no address"),
      ("'https://%61.example'", "is not a URL: its host is no name and no address"),
      (
        "'https://a.example:http'",
        "is not a URL: what follows the host is not a port from 1 to 65535 (an IPv6 address needs brackets)"
      ),
      ("'https://a.example/?id=1'", "must not have a query (?)"),
      ("'https://a.example?'", "must not have a query (?)"),
      ("'https://a.example/#top'", "must not have a fragment (#)"),
      ("'https://user@a.example'", "must not hold user information: the service account is ecpds.username and ecpds.password"),
      ("'https://@a.example'", "must not hold user information: the service account is ecpds.username and ecpds.password"),
      ("'ftp://a.example'", "must have the scheme https"),
      ("'file:///etc/passwd'", "is not a URL: it names no host"),
      ("'http://a.example'", "must have the scheme https unless the host is loopback or ecpds.allow_plaintext is true"),
      ("'http://127.0.0.2'", "must have the scheme https unless the host is loopback or ecpds.allow_plaintext is true"),
      ("'http://localhost.example'", "must have the scheme https unless the host is loopback or ecpds.allow_plaintext is true"),
      ("'HTTPS://FIRST.example:443/'", "names a server that is already listed"),
    ]
  )
  func refused(server: String, reason: String) {
    #expect(complaints(servers: "[https://first.example, \(server)]") == ["ecpds.servers[1]: \(reason)"])
  }

  @Test("http:// may go to loopback, and anywhere where allow_plaintext is true, but no other scheme may")
  func plaintext() {
    #expect(complaints(servers: "['http://127.0.0.1:8080', 'http://[::1]', 'http://localhost/prefix/']").isEmpty)
    #expect(complaints(servers: "['http://a.example']", allowingPlaintext: true).isEmpty)
    #expect(
      complaints(servers: "['ftp://a.example']", allowingPlaintext: true) == ["ecpds.servers[0]: must have the scheme https"]
    )
  }

  @Test("Servers are kept as they were given")
  func asGiven() throws {
    let servers = ["https://A.example/", "https://a.example:8443", "https://a.example/prefix", "https://[2001:db8::1]/x/"]
    let list = "[" + servers.map { "'\($0)'" }.joined(separator: ", ") + "]"
    #expect(try load(yaml(ecpds: ["servers": list])).ecpds.servers == servers)
  }

  @Test("The line of a fault is the element's, not the list's")
  func line() {
    let text = yaml(ecpds: ["servers": "\n    - https://a.example\n    - ftp://b.example"])
    #expect(faults(text).map(\.line) == [6])
  }
}
