import Foundation
import Testing

@testable import UV

/// When handles close, and what is left of them: the rules are the same for all kinds.
@Suite struct HandleTests {
  @Test func closingTwiceIsClosingOnce() throws {
    let peer = Peer()
    let loop = try Loop()
    let stream = try TCPStream(loop: loop, handler: peer)
    #expect(!stream.isClosing)
    stream.close()
    #expect(stream.isClosing)
    stream.close()
    #expect(peer.events == [])  // Not before the loop turns.
    try loop.runToEnd()
    stream.close()
    try loop.runToEnd()
    #expect(peer.events == [.close])
  }

  static let places = ["open", "read", "end", "drain", "open, with much to write"]

  /// Whichever call closes the stream, only `streamDidClose` follows it, once; then all is let go.
  @Test(arguments: places) func canCloseInEveryCallback(place: String) throws {
    let loop = try Loop()
    weak var server: Peer?
    weak var serverStream: TCPStream?
    do {
      let loopback = try Loopback(
        loop: loop,
        server: { stream, event in
          let isPlace = "\(event)" == place
          switch event {
          case .open:
            serverStream = stream
            try stream.startReading()
            if place != "end" { try stream.write(Array(repeating: 1, count: 16 << 20).span) }
            if isPlace || place.hasPrefix("open") { stream.close() }
          case .close: break
          default: if isPlace { stream.close() }
          }
        },
        client: { stream, event in
          switch event {
          case .open:
            if place == "read" { try stream.write([1].span) }
            if place == "end" { stream.shutdown() }
            try stream.startReading()
          case .end, .failure: stream.close()
          case .read, .drain, .close: break
          }
        })
      server = loopback.server
      try loopback.run()
      let events = try #require(server).events
      #expect(events.last == .close)
      #expect(events.filter { $0 == .close }.count == 1)
      if place == "end" || place == "drain" { #expect("\(events[events.count - 2])" == place) }
    }
    #expect(server == nil)
    #expect(serverStream == nil)
  }

  /// The C handle is gone then: AddressSanitizer would tell.
  @Test(arguments: [false, true]) func streamIsOfNoUseAfterTheClose(hasClosed: Bool) throws {
    let loop = try Loop()
    let peer = Peer()
    let stream = try TCPStream(loop: loop, handler: peer)
    stream.close()
    if hasClosed { try loop.runToEnd() }
    let closed = UVError(code: -EBADF)
    #expect(throws: closed) { try stream.startReading() }
    #expect(throws: closed) { try stream.write([1].span) }
    #expect(throws: closed) {
      try stream.connect(to: .anyIPv4(port: 1)) { _ in Issue.record("it is not connecting") }
    }
    stream.stopReading()
    stream.shutdown()
    stream.unreference()
    #expect(stream.queuedByteCount == 0)
    try loop.runToEnd()
    #expect(peer.events == [.close])
  }

  @Test func unreferencedHandleDoesNotKeepTheLoopRunning() throws {
    let loop = try Loop()
    let timer = try UV.Timer(loop: loop)
    timer.start(afterMilliseconds: 1_000_000) { Issue.record("the loop waited for it") }
    timer.unreference()
    try loop.runToEnd()
    timer.close()
    try loop.runToEnd()
    #expect(timer.isClosing)
  }
}
