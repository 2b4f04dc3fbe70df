import Foundation
import Testing

@testable import UV

@Suite struct ChurnTests {
  /// In a process of its own, where nobody else opens files or takes memory.
  @Test func manyConnectionsLeaveNothingBehind() async {
    await #expect(processExitsWith: .success) {
      let churn = try Churn()
      // The first ones fill what the allocator and the system keep for later.
      try churn.run(connectionCount: 4000)
      let (descriptorCount, residentBytes) = (Self.openDescriptorCount, Self.residentByteCount)
      try churn.run(connectionCount: 10_000)
      #expect(Self.openDescriptorCount == descriptorCount)
      // The smallest handle or request that could be left of each connection is 96 bytes long, and
      // the allocator adds 16.
      #expect(Self.residentByteCount - residentBytes < 1_000_000)
      #expect(churn.liveEndCount == 0)
      #expect(churn.closedEndCount == 28_000)
    }
  }

  private static var openDescriptorCount: Int {
    (0..<4096 as Range<Int32>).count { fcntl($0, F_GETFD) >= 0 }
  }

  /// What the process holds of the machine's memory; 0 where that says nothing.
  private static var residentByteCount: Int {
    // AddressSanitizer keeps for later what has been freed, but looks for leaks itself at the end.
    guard unsafe dlsym(nil, "__asan_address_is_poisoned") == nil,
      let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8),
      let pageCount = Int(text.split(separator: " ")[1])
    else { return 0 }
    return pageCount * Int(getpagesize())
  }
}

/// Connects and disconnects, 64 connections at a time.
private final class Churn {
  private(set) var liveEndCount = 0
  /// Of all runs together.
  private(set) var closedEndCount = 0
  private let loop: Loop
  private let acceptor = Acceptor()
  private var (connectionCount, startedCount, expectedEndCount) = (0, 0, 0)

  init() throws { loop = try Loop() }

  func run(connectionCount: Int) throws {
    (self.connectionCount, startedCount) = (connectionCount, 0)
    expectedEndCount = connectionCount * 2
    let listener = try TCPListener(
      loop: loop, address: SocketAddress(numericHost: "127.0.0.1", port: 0), handler: acceptor)
    let address = try listener.address
    acceptor.onConnection = { [unowned self] listener in
      let stream = try TCPStream(accepting: listener, handler: End(self, listener, address))
      try stream.startReading()
      try stream.write([1].span)
    }
    for _ in 0..<64 { try connect(to: address, listener) }
    try loop.runToEnd()
    #expect(acceptor.failures == [])
    acceptor.onConnection = { _ in }
  }

  private func connect(to address: SocketAddress, _ listener: TCPListener) throws {
    guard startedCount < connectionCount else { return }
    startedCount += 1
    let stream = try TCPStream(loop: loop, handler: End(self, listener, address, isClient: true))
    try stream.connect(to: address) { error in
      #expect(error == nil)
      do { try stream.startReading() } catch { Issue.record(error) }
    }
  }

  /// One end of a connection. The client closes when it has been greeted, the server after it.
  private final class End: TCPStreamHandler {
    private let churn: Churn
    private let listener: TCPListener
    private let address: SocketAddress
    private let isClient: Bool

    init(
      _ churn: Churn, _ listener: TCPListener, _ address: SocketAddress, isClient: Bool = false
    ) {
      (self.churn, self.listener, self.address) = (churn, listener, address)
      self.isClient = isClient
      churn.liveEndCount += 1
    }

    deinit { churn.liveEndCount -= 1 }

    func stream(_ stream: TCPStream, didRead bytes: Span<UInt8>) { stream.close() }
    func streamDidReachEnd(_ stream: TCPStream) { stream.close() }
    func stream(_ stream: TCPStream, didFail error: UVError) { stream.close() }
    func streamDidWrite(_ stream: TCPStream) {}

    func streamDidClose(_ stream: TCPStream) {
      churn.closedEndCount += 1
      churn.expectedEndCount -= 1
      if churn.expectedEndCount == 0 { listener.close() }
      guard isClient else { return }
      do { try churn.connect(to: address, listener) } catch { Issue.record(error) }
    }
  }
}
