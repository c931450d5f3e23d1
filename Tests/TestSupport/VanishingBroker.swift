import Foundation

/// Speaks AMQP to each client until it consumes, and is gone in that moment, as a broker that is killed.
package final class VanishingBroker: Sendable {
  package let port: Int
  private let descriptor: Int32

  package init() throws {
    (descriptor, port) = try Loopback.listen()
    Thread.detachNewThread { [descriptor] in
      while case let client = accept(descriptor, nil, nil), client >= 0 {
        try? Self.serve(FileHandle(fileDescriptor: client, closeOnDealloc: true))
      }
    }
  }

  deinit {
    // Ends the thread's wait.
    shutdown(descriptor, Int32(SHUT_RDWR))
    close(descriptor)
  }

  private static func serve(_ client: FileHandle) throws {
    func send(_ classID: UInt8, _ methodID: UInt8, channel: UInt8 = 0, _ arguments: [UInt8]) throws {
      try client.write(contentsOf: Data(RawAMQP.method(classID, methodID, channel: channel, arguments)))
    }
    // The protocol's name.
    _ = try client.read(upToCount: 8)
    let noProperties: [UInt8] = [0, 0, 0, 0]
    try send(10, 10, [0, 9] + noProperties + [0, 0, 0, 5] + Array("PLAIN".utf8) + [0, 0, 0, 5] + Array("en_US".utf8))
    while true {
      let method = try RawAMQP.readMethod(client)
      switch (method[1], method[3]) {
      case (10, 11): try send(10, 30, [0, 1, 0, 2, 0, 0, 0, 0])
      case (10, 40): try send(10, 41, [0])
      case (20, 10): try send(20, 11, channel: 1, [0, 0, 0, 0])
      case (50, 10): try send(50, 11, channel: 1, RawAMQP.short("declared") + [0, 0, 0, 0, 0, 0, 0, 0])
      case (60, 10): try send(60, 11, channel: 1, [])
      case (60, 20):
        // What comes after this is answered by a reset.
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(client.fileDescriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
        return try send(60, 21, channel: 1, RawAMQP.short("aviso-ecpds"))
      case (85, 10): try send(85, 11, channel: 1, [])
      default: break
      }
    }
  }
}
