import RabbitMQClient

/// What one run calls itself and its requests on the broker and in the workers' logs: `load-3f9c01d2-17` is its request number 17.
struct RunName: Sendable {
  let text: String
  private let prefix: [UInt8]

  /// One that no other run has.
  init() {
    self.init(identity: UInt64.random(in: 0...UInt64.max))
  }

  init(identity: UInt64) {
    text = "load-" + String(identity, radix: 16)
    prefix = Array((text + "-").utf8)
  }

  /// The queue that the run's replies come to, where it has one.
  var replyQueue: ShortString { ShortString("aviso.ecpds.replies." + text) }

  /// The name of a request: its correlation id and its request id.
  func requestName(_ number: Int) -> String {
    text + "-" + String(number)
  }

  /// The number of the request of this name; nil for what is none of this run's.
  func requestNumber(_ name: ShortString) -> Int? {
    let bytes = name.bytes
    guard bytes.count > prefix.count, bytes.count <= prefix.count + 18, bytes.starts(with: prefix) else { return nil }
    var number = 0
    for digit in bytes[prefix.count...] {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
      number = number * 10 + Int(digit - UInt8(ascii: "0"))
    }
    return number
  }
}
