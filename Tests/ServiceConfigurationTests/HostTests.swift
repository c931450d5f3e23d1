import Testing

@testable import ServiceConfiguration

@Suite struct HostTests {
  @Test(
    "Names and addresses are hosts",
    arguments: [
      "localhost", "a", "monitor.example", "monitor.example.", "my_service", "x-1.y", "10.0.0.1", "::", "::1", "2001:db8::1",
      "1:2:3:4:5:6:7:8", "::ffff:10.0.0.1", "1::8", "fe80::1:2:3",
    ]
  )
  func valid(text: String) {
    #expect(Host.isValid(text))
  }

  @Test(
    "Anything else is not",
    arguments: [
      "", ".", "a..b", "-a", "a-", "a b", "a/b", "[::1]", "256.0.0.1", "1.2.3", "127.1", "01.2.3.4", "12345", "a.1",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9", "1::2::3", ":::", "1:", ":1", "12345::", "g::", "::1%eth0", "::1.2.3.4:5", "1:2:3:4:5:6:7:8::",
      String(repeating: "a", count: 64), String(repeating: "a.", count: 127) + "a",
    ]
  )
  func invalid(text: String) {
    #expect(!Host.isValid(text))
  }

  @Test("Loopback is exactly the three spellings of the contract, in any letter case")
  func loopback() {
    for host in ["127.0.0.1", "::1", "localhost", "LocalHost"] { #expect(Host.isLoopback(host)) }
    for host in ["127.0.0.2", "0:0:0:0:0:0:0:1", "localhost.", "localhost.example", "0.0.0.0"] { #expect(!Host.isLoopback(host)) }
  }
}
