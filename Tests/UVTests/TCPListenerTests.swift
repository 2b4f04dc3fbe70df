import Foundation
import Testing

@testable import UV

@Suite struct TCPListenerTests {
  static let families: [(listening: String, client: String)] = [
    ("127.0.0.1", "127.0.0.1"), ("::1", "::1"),
    // All of IPv4, where there is no IPv6; and both families at once.
    ("0.0.0.0", "127.0.0.1"), ("::", "::1"), ("::", "127.0.0.1"),
  ]

  @Test(arguments: families)
  func takesConnections(_ hosts: (listening: String, client: String)) throws {
    let connection = try Loopback(
      loop: Loop(), host: hosts.client, listeningOn: hosts.listening,
      server: { stream, _ in stream.close() }, client: { stream, _ in stream.close() })
    try connection.run()
    #expect(connection.server.events == [.open, .close])
    #expect(connection.client.events == [.open, .close])
  }

  @Test func portZeroIsAnyFreePort() throws {
    let loop = try Loop()
    let acceptor = Acceptor()
    let listener = try TCPListener(loop: loop, address: .anyIPv4(port: 0), handler: acceptor)
    #expect(try listener.address.port != 0)
    #expect(try listener.address.host == "0.0.0.0")
    listener.close()
    try loop.runToEnd()
    #expect(throws: UVError(code: -EBADF)) { try listener.address }
    #expect(acceptor.failures == [])
  }

  @Test func portInUseThrows() throws {
    let loop = try Loop()
    let acceptor = Acceptor()
    let first = try TCPListener(
      loop: loop, address: SocketAddress(numericHost: "127.0.0.1", port: 0), handler: acceptor)
    let address = try first.address
    #expect(throws: UVError(code: -EADDRINUSE)) {
      try TCPListener(loop: loop, address: address, handler: acceptor)
    }
    first.close()
    try loop.runToEnd()
    let second = try TCPListener(loop: loop, address: address, handler: acceptor)
    #expect(try second.address.port == address.port)
    second.close()
    try loop.runToEnd()
    #expect(acceptor.failures == [])
  }

  @Test(arguments: [false, true]) func aPortIsSharedIfBothSaySo(second: Bool) throws {
    let loop = try Loop()
    let acceptor = Acceptor()
    let first = try TCPListener(
      loop: loop, address: SocketAddress(numericHost: "127.0.0.1", port: 0), sharesPort: true,
      handler: acceptor)
    let address = try first.address
    func listen() throws(UVError) {
      try TCPListener(loop: loop, address: address, sharesPort: second, handler: acceptor).close()
    }
    if second {
      #expect(throws: Never.self) { try listen() }
    } else {
      #expect(throws: UVError(code: -EADDRINUSE)) { try listen() }
    }
    first.close()
    try loop.runToEnd()
  }

  /// RFC 5737 §3, RFC 3849: addresses that no interface has.
  @Test(arguments: ["192.0.2.1", "2001:db8::1"]) func foreignAddressThrows(host: String) throws {
    let loop = try Loop()
    let acceptor = Acceptor()
    let address = try SocketAddress(numericHost: host, port: 0)
    #expect(throws: UVError(code: -EADDRNOTAVAIL)) {
      try TCPListener(loop: loop, address: address, handler: acceptor)
    }
    try loop.runToEnd()
    #expect(acceptor.failures == [])
  }

  @Test func descriptorThatIsNoSocketThrows() throws {
    let loop = try Loop()
    let acceptor = Acceptor()
    #expect(throws: UVError.self) {
      try TCPListener(loop: loop, descriptor: -1, handler: acceptor)
    }
    try loop.runToEnd()
    #expect(acceptor.failures == [])
  }

  @Test func acceptingFromAClosedListenerThrows() throws {
    let loop = try Loop()
    let acceptor = Acceptor()
    let listener = try TCPListener(
      loop: loop, address: SocketAddress(numericHost: "127.0.0.1", port: 0), handler: acceptor)
    #expect(throws: UVError(code: -EAGAIN)) {
      try TCPStream(accepting: listener, handler: Peer())
    }
    listener.close()
    try loop.runToEnd()
    #expect(throws: UVError(code: -EBADF)) {
      try TCPStream(accepting: listener, handler: Peer())
    }
    try loop.runToEnd()
    #expect(acceptor.failures == [])
  }
}
