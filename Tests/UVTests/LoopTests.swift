import Foundation
import Testing

@testable import UV

@Suite struct LoopTests {
  @Test func emptyLoopEndsAtOnce() throws {
    try Loop().runToEnd()
  }

  @Test func stopReturnsAfterThePresentRound() throws {
    let loop = try Loop()
    var rounds = 0
    let timer = try UV.Timer(loop: loop)
    func next() {
      rounds += 1
      if rounds == 3 { loop.stop() }
      timer.start(afterMilliseconds: 0, next)
    }
    next()
    loop.run()
    #expect(rounds == 3)
    timer.close()  // `next` and the timer hold each other.
    try loop.runToEnd()
    #expect(rounds == 3)
  }

  /// A stream reads so many bytes at once, and goes on with the rest.
  @Test(arguments: [
    (0, 1), (1, 1), (7, 7), (Loop.readBufferBytes, Loop.readBufferBytes),
    (Loop.readBufferBytes + 1, Loop.readBufferBytes),
  ])
  func readsAreLimited(_ asked: Int, _ limit: Int) throws {
    let loop = try Loop()
    #expect(loop.readByteLimit == Loop.readBufferBytes)
    loop.readByteLimit = asked
    #expect(loop.readByteLimit == limit)
    let sent = (0..<20_000).map { UInt8(truncatingIfNeeded: $0) }
    var (largest, count) = (0, 0)
    var connection: Loopback?
    connection = try Loopback(
      loop: loop,
      server: { stream, event in
        if event == .open { try stream.startReading() }
        if event == .end { stream.close() }
        let received = connection?.server.received.count ?? 0
        (largest, count) = (max(largest, received - count), received)
      },
      client: { stream, event in
        if event == .open {
          try stream.write(sent.span)
          stream.shutdown()
          try stream.startReading()
        }
        if event == .end { stream.close() }
      })
    try connection?.run()
    #expect(connection?.server.received == sent)
    #expect(largest == limit)
    connection = nil
  }

  @Test func clockGoesForward() throws {
    let loop = try Loop()
    let start = loop.nowMilliseconds
    let timer = try UV.Timer(loop: loop)
    timer.start(afterMilliseconds: 5) { timer.close() }
    try loop.runToEnd()
    #expect(loop.nowMilliseconds >= start + 5)
  }

  /// A round has one time, unless it is read anew.
  @Test func clockCanBeReadInTheMiddleOfARound() throws {
    let loop = try Loop()
    let start = loop.nowMilliseconds
    usleep(5000)
    #expect(loop.nowMilliseconds == start)
    loop.updateTime()
    #expect(loop.nowMilliseconds >= start + 4)  // Each is rounded down.
  }

  /// Open handles keep their objects alive by themselves, and the loop closes them.
  @Test func loopThatGoesClosesWhatIsOpen() throws {
    var objects: [WeakReference] = []
    do {
      let loop = try Loop()
      let acceptor = Acceptor()
      let peer = Peer()
      let timer = try UV.Timer(loop: loop)
      timer.start(afterMilliseconds: 1_000_000) {}
      let highResolutionTimer = try HighResolutionTimer(loop: loop) {}
      highResolutionTimer.start(afterNanoseconds: 999_999_999)
      let handles = [
        timer, highResolutionTimer,
        try Signal(loop: loop, number: SIGUSR2) {},
        try TCPListener(
          loop: loop, address: SocketAddress(numericHost: "127.0.0.1", port: 0), handler: acceptor),
        try TCPStream(loop: loop, handler: peer),
      ]
      objects = (handles + [peer]).map(WeakReference.init)
    }
    #expect(objects.count == 6)
    #expect(objects.allSatisfy { $0.object == nil })
  }

  @Test func openHandleKeepsItsObject() throws {
    let loop = try Loop()
    var timer: WeakReference?
    do { timer = WeakReference(try UV.Timer(loop: loop)) }
    #expect(timer?.object != nil)
    (timer?.object as? UV.Timer)?.close()
    try loop.runToEnd()
    #expect(timer?.object == nil)
  }

  private struct WeakReference {
    weak var object: AnyObject?
    init(_ object: AnyObject) { self.object = object }
  }
}
