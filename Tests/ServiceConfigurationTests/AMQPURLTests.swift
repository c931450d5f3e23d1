import Testing

@testable import ServiceConfiguration

@Suite struct AMQPURLTests {
  struct Example: Sendable, CustomTestStringConvertible {
    let text: String
    var host = "host"
    var port = 5672
    var username = "guest"
    var password = "guest"
    var virtualHost = "/"
    var usesTLS = false
    var testDescription: String { text }
  }

  @Test(
    "Parts are taken apart and decoded, and absent ones take defaults, as RabbitMQ's URI specification says",
    arguments: [
      Example(text: "amqp://user:pass@host:10000/vhost", port: 10000, username: "user", password: "pass", virtualHost: "vhost"),
      Example(
        text: "amqp://user%61:%61pass@ho%61st:10000/v%2fhost",
        host: "hoast",
        port: 10000,
        username: "usera",
        password: "apass",
        virtualHost: "v/host"
      ),
      Example(text: "amqp://user@host", username: "user"),
      Example(text: "amqp://user:@host", username: "user", password: ""),
      Example(text: "amqp://:@host/", username: "", password: "", virtualHost: ""),
      Example(text: "amqp://host"),
      Example(text: "amqp://host/", virtualHost: ""),
      Example(text: "amqp://host/%2F"),
      Example(text: "amqp://host/vhost", virtualHost: "vhost"),
      Example(text: "AMQPS://host", port: 5671, usesTLS: true),
      Example(text: "amqps://host:5000/%2f", port: 5000, usesTLS: true),
      Example(text: "amqp://[::1]", host: "::1"),
      Example(
        text: "amqp://u:p%3A%40%2F@[2001:db8::1]:7/",
        host: "2001:db8::1",
        port: 7,
        username: "u",
        password: "p:@/",
        virtualHost: ""
      ),
      Example(text: "amqp://u:a:b@host", username: "u", password: "a:b"),
    ]
  )
  func parts(example: Example) throws {
    let url = try AMQPURL(parsing: example.text)
    #expect(url.host == example.host)
    #expect(url.port == example.port)
    #expect(url.username == example.username)
    #expect(url.password.revealed == example.password)
    #expect(url.virtualHost == example.virtualHost)
    #expect(url.usesTLS == example.usesTLS)
  }

  @Test(
    "What is no AMQP URL is refused with a reason",
    arguments: [
      ("host", "is not a URL: it does not begin with a scheme and ://"),
      ("://host", "is not a URL: it does not begin with a scheme and ://"),
      ("https://host", "must have the scheme amqp or amqps"),
      ("amqp://", "is not a URL: it names no host"),
      ("amqp://user:pw@", "is not a URL: it names no host"),
      ("amqp://:5672", "is not a URL: it names no host"),
      ("amqp:///vhost", "is not a URL: it names no host"),
      ("amqp://host:0", "is not a URL: what follows the host is not a port from 1 to 65535 (an IPv6 address needs brackets)"),
      ("amqp://host:65536", "is not a URL: what follows the host is not a port from 1 to 65535 (an IPv6 address needs brackets)"),
      ("amqp://host:+5", "is not a URL: what follows the host is not a port from 1 to 65535 (an IPv6 address needs brackets)"),
      ("amqp://host:", "is not a URL: what follows the host is not a port from 1 to 65535 (an IPv6 address needs brackets)"),
      ("amqp://::1", "is not a URL: it names no host"),
      ("amqp://[::1", "is not a URL: a bracket is not closed"),
      ("amqp://[host]", "is not a URL: no IPv6 address is in the brackets"),
      ("amqp://ho_%20st", "is not a URL: its host is no name and no address"),
      ("amqp://a@b@host", "is not a URL: an @ in the user information must be percent-encoded"),
      ("amqp://host/a/b", "must have one path segment, the virtual host (a / in its name is written %2F)"),
      ("amqp://host/%2", "is not a URL: a percent sign is not followed by two hexadecimal digits"),
      ("amqp://host/%zz", "is not a URL: a percent sign is not followed by two hexadecimal digits"),
      ("amqp://host/%FF", "is not a URL: a percent-encoded part is not UTF-8"),
      ("amqp://u:%00@host", "must not hold control characters"),
      ("amqp://host/?heartbeat=5", "must not have a query (?)"),
      ("amqp://host#part", "must not have a fragment (#)"),
      ("amqp://host/a b", "is not a URL: it holds a character that must be percent-encoded"),
      ("amqp://höst", "is not a URL: it holds a character that must be percent-encoded"),
      ("amqp://host/" + String(repeating: "v", count: 256), "must not name a virtual host of more than 255 bytes"),
    ]
  )
  func refused(text: String, reason: String) {
    #expect(throws: InvalidValue(reason: reason)) { try AMQPURL(parsing: text) }
  }

  @Test("The rendering spells out every part but the password")
  func rendering() throws {
    #expect(
      try AMQPURL(parsing: "amqps://us%40er:hunter2@[::1]/a%2Fb").description == "amqps://us%40er:[redacted]@[::1]:5671/a%2Fb"
    )
    #expect(try AMQPURL(parsing: "amqp://host/").description == "amqp://guest:[redacted]@host:5672/")
  }
}
