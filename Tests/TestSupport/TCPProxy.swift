import Foundation
import Glibc

/// A TCP proxy on loopback, in front of a server on loopback: a network that can be cut and healed.
///
/// Each direction of a connection has a thread that carries its bytes. Sockets are not passed on to child processes.
package final class TCPProxy: @unchecked Sendable {
  /// What a cut does to the connections there are, and to those that are made before it is healed.
  package enum Cut: String, Sendable, CaseIterable {
    /// Connections are reset (TCP RST).
    case reset
    /// Connections are half-open from now on, even after the cut is healed: what either end sends is swallowed, its end included, as by
    /// a firewall that has forgotten them.
    case silent
    /// What is sent arrives when the cut is healed, as when packets are lost for a while.
    case stalled
  }

  package let port: Int
  private let upstreamPort: Int
  private let listener: Int32
  private let condition = NSCondition()
  private var cut: Cut?
  private var connections: [ObjectIdentifier: Connection] = [:]
  private var isClosed = false

  /// Listens on a free port. The server need not be there: without it, connections are reset.
  package init(to upstreamPort: Int) throws {
    self.upstreamPort = upstreamPort
    (listener, port) = try Loopback.listen()
    Thread.detachNewThread { [self] in acceptConnections() }
  }

  /// How many connections either end still holds.
  package var connectionCount: Int { condition.withLock { connections.count } }

  /// Cuts the network, or changes the manner in which it is cut.
  package func cut(_ cut: Cut) {
    condition.withLock {
      self.cut = cut
      for connection in connections.values where !connection.swallows {
        switch cut {
        case .reset: connection.reset()
        case .silent: connection.swallows = true
        case .stalled: break
        }
      }
      condition.broadcast()
    }
  }

  /// New connections get through again, and stalled ones go on.
  package func heal() {
    condition.withLock {
      cut = nil
      condition.broadcast()
    }
  }

  /// Ends all connections, and accepts no more. To be called once: the threads keep the proxy alive until then.
  package func close() {
    condition.withLock {
      isClosed = true
      for connection in connections.values { connection.reset() }
      condition.broadcast()
    }
    // Wakes the thread that accepts; it closes the socket.
    shutdown(listener, Int32(SHUT_RDWR))
  }

  private func acceptConnections() {
    while true {
      guard let client = try? Loopback.accept(listener) else {
        if condition.withLock({ self.isClosed }) { break }
        continue
      }
      let (cut, isClosed) = condition.withLock { (self.cut, self.isClosed) }
      guard !isClosed, cut != .reset else {
        Socket.reset(client)
        Glibc.close(client)
        continue
      }
      // Through a network that swallows everything no connection is made.
      if cut == .silent {
        carry(Connection(client: client, server: nil))
      } else if let server = try? Loopback.connect(to: upstreamPort) {
        carry(Connection(client: client, server: server))
      } else {
        Socket.reset(client)
        Glibc.close(client)
      }
    }
    Glibc.close(listener)
  }

  private func carry(_ connection: Connection) {
    condition.withLock {
      connections[ObjectIdentifier(connection)] = connection
      // The network may have been cut since it was asked for its state.
      if isClosed || cut == .reset { connection.reset() }
      if cut == .silent { connection.swallows = true }
    }
    Thread.detachNewThread { [self] in carry(connection, from: connection.client, to: connection.server) }
    guard let server = connection.server else { return }
    Thread.detachNewThread { [self] in carry(connection, from: server, to: connection.client) }
  }

  /// Carries bytes until `source` ends, and then its end.
  private func carry(_ connection: Connection, from source: Int32, to sink: Int32?) {
    var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    var ending = Socket.Ending.finished
    reading: while true {
      switch Socket.receive(source, into: &buffer) {
      case .failure(let end):
        ending = end
        break reading
      case .success(let count):
        guard let sink, waitUntilOpen(connection) else { continue }
        let isOpen = Socket.send(buffer[..<count], to: sink) { self.condition.withLock { !connection.swallows } }
        guard isOpen else { break reading }
      }
    }
    let passesOn = waitUntilOpen(connection)
    condition.withLock {
      if let sink, passesOn {
        switch ending {
        case .finished: shutdown(sink, Int32(SHUT_WR))
        case .failed: Socket.reset(sink)
        }
      }
      connection.openDirections -= 1
      guard connection.openDirections == 0 else { return }
      connections[ObjectIdentifier(connection)] = nil
      connection.close()
    }
  }

  /// Waits while the network stalls. False where the connection's bytes are swallowed.
  private func waitUntilOpen(_ connection: Connection) -> Bool {
    condition.withLock {
      while cut == .stalled, !connection.swallows, !connection.isReset { condition.wait() }
      return !connection.swallows
    }
  }
}

/// Two sockets, and what is between them. Used with the proxy's lock.
private final class Connection: @unchecked Sendable {
  let client: Int32
  /// Nil where the connection never reached the server.
  let server: Int32?
  var swallows = false
  private(set) var isReset = false
  var openDirections: Int

  init(client: Int32, server: Int32?) {
    self.client = client
    self.server = server
    openDirections = server == nil ? 1 : 2
  }

  /// Both ends see a reset; the threads then end the connection.
  func reset() {
    isReset = true
    Socket.reset(client)
    server.map(Socket.reset)
  }

  func close() {
    Glibc.close(client)
    server.map { _ = Glibc.close($0) }
  }
}

/// Blocking calls that a reset from another thread ends: they wait in `poll` alone.
private enum Socket {
  enum Ending: Error {
    /// The other end has sent all that it had.
    case finished
    case failed
  }

  /// Breaks a connection off with a TCP RST, at once. The descriptor stays valid.
  static func reset(_ descriptor: Int32) {
    var address = sockaddr()
    address.sa_family = sa_family_t(AF_UNSPEC)
    _ = Glibc.connect(descriptor, &address, socklen_t(MemoryLayout<sockaddr>.size))
  }

  static func receive(_ descriptor: Int32, into buffer: inout [UInt8]) -> Result<Int, Ending> {
    while true {
      let count = recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
      if count > 0 { return .success(count) }
      if count == 0 { return .failure(.finished) }
      guard errno == EAGAIN || errno == EINTR else { return .failure(.failed) }
      wait(for: descriptor, POLLIN, milliseconds: -1)
    }
  }

  /// - Parameter goesOn: asked while the other end takes nothing.
  /// - Returns: false when the connection is over.
  static func send(_ bytes: ArraySlice<UInt8>, to descriptor: Int32, while goesOn: () -> Bool) -> Bool {
    var rest = bytes
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
      }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno == EAGAIN {
        guard goesOn() else { return true }
        wait(for: descriptor, POLLOUT, milliseconds: 100)
      } else if errno != EINTR {
        return false
      }
    }
    return true
  }

  private static func wait(for descriptor: Int32, _ event: Int32, milliseconds: Int32) {
    var request = pollfd(fd: descriptor, events: Int16(event), revents: 0)
    poll(&request, 1, milliseconds)
  }
}
