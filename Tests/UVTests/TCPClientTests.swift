import Foundation
import Testing

@testable import UV

@Suite struct TCPClientTests {
  /// The kind of thing that can wait to be read.
  enum Input: CaseIterable { case nothing, bytes, end, reset }

  /// It is there as soon as the peer has sent it, before the loop has told of it.
  @Test(arguments: Input.allCases) func unreadInputIsSeen(_ input: Input) throws {
    var isUnread: Bool?
    weak var connection: Loopback?
    let loopback = try Loopback(
      loop: Loop(),
      server: { stream, event in
        guard event == .open else { return }
        let client = try #require(connection?.clientStream)
        #expect(!client.hasUnreadInput)
        switch input {
        case .nothing: break
        case .bytes: try stream.write([1].span)
        case .end: stream.shutdown()
        case .reset:
          // RFC 9293 §3.6.1: a close with bytes unread resets the connection.
          try client.write([1].span)
        }
        if input == .reset || input == .end { stream.close() }
        isUnread = client.hasUnreadInput
        if input != .reset, input != .end { stream.close() }
        client.close()
        #expect(client.hasUnreadInput, "a closed stream has nothing to offer")
      })
    connection = loopback
    try loopback.run()
    #expect(isUnread == (input != .nothing))
  }

  @Test(arguments: [false, true]) func smallWritesAreSentAtOnce(_ isAsked: Bool) throws {
    let loop = try Loop()
    let acceptor = Acceptor()
    let listener = try TCPListener(
      loop: loop, address: SocketAddress(numericHost: "127.0.0.1", port: 0), handler: acceptor)
    let stream = try TCPStream(loop: loop, handler: Peer())
    if isAsked { try stream.sendAtOnce() }
    var isNoDelay: Bool?
    let address = try listener.address
    try stream.connect(to: address) { error in
      #expect(error == nil)
      isNoDelay = noDelay(ofConnectionTo: address)
      stream.close()
      listener.close()
    }
    try loop.runToEnd()
    #expect(isNoDelay == isAsked)
    #expect(throws: UVError(code: -EBADF)) { try stream.sendAtOnce() }
  }

  /// What `TCP_NODELAY` is for the one socket of this process that is connected to an address.
  private func noDelay(ofConnectionTo address: SocketAddress) -> Bool? {
    // Other tests have thousands open at the same time.
    for descriptor in 0..<100_000 as Range<CInt> {
      let peer = try? unsafe SocketAddress { name, size in
        var length = socklen_t(unsafe size.pointee)
        return unsafe getpeername(descriptor, name, &length)
      }
      guard let peer, peer.description == address.description else { continue }
      var (value, size) = (CInt(-1), socklen_t(MemoryLayout<CInt>.size))
      unsafe getsockopt(descriptor, CInt(IPPROTO_TCP), TCP_NODELAY, &value, &size)
      return value != 0
    }
    return nil
  }
}
