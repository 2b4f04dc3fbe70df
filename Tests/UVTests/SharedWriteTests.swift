import Foundation
import Testing

@testable import UV

/// What is written from one copy: the bytes of a document, behind those of its head.
@Suite struct SharedWriteTests {
  private static let head = (0..<7).map { UInt8($0) }

  struct Case: Sendable {
    let bytes: [UInt8]
    let shared: [(offset: Int, bytes: [UInt8])]

    /// All bytes in order.
    var whole: [UInt8] {
      var whole = bytes
      for piece in shared.reversed() { whole.insert(contentsOf: piece.bytes, at: piece.offset) }
      return whole
    }
  }

  static let cases = [
    Case(bytes: head, shared: []),
    Case(bytes: [], shared: [(0, [100, 101, 102])]),
    Case(bytes: head, shared: [(7, [100, 101, 102])]),
    Case(bytes: head, shared: [(0, [100, 101, 102])]),
    Case(bytes: head, shared: [(2, [100, 101]), (2, [110]), (5, [120, 121, 122]), (7, [130])]),
  ]

  /// Wherever the system stopped to take them, the rest follows, and nothing else.
  @Test(arguments: cases) func restIsQueued(_ test: Case) throws {
    let whole = test.whole
    let connection = try Loopback(
      loop: Loop(),
      server: { stream, event in
        if event == .open {
          for written in 0..<whole.count {
            try stream.queue(test.bytes.span, shared: test.shared, from: written)
          }
          stream.shutdown()
        }
        if event == .drain { stream.close() }
        if event == .close { #expect(stream.memoryByteCount == 0) }
      },
      client: { stream, event in
        if event == .open { try stream.startReading() }
        if event == .end { stream.close() }
      })
    try connection.run()
    #expect(connection.client.received == whole.indices.flatMap { whole[$0...] })
  }

  /// What the system takes at once, and what it does not: both pieces arrive, in order, many times.
  @Test(arguments: [1, 1000]) func bothPiecesArrive(_ count: Int) throws {
    let document = [UInt8](repeating: 1, count: 30_000)
    let connection = try Loopback(
      loop: Loop(),
      server: { stream, event in
        if event == .open {
          for _ in 0..<count {
            try stream.write(Self.head.span, shared: [(7, document), (7, document)])
          }
          #expect((count > 1) == (stream.queuedByteCount > 0))
          stream.shutdown()
          if count == 1 { stream.close() }
        }
        if event == .drain { stream.close() }
      },
      client: { stream, event in
        if event == .open { try stream.startReading() }
        if event == .end { stream.close() }
      })
    try connection.run()
    let expected = Data((0..<count).flatMap { _ in Self.head + document + document })
    #expect(Data(connection.client.received) == expected)
  }

  /// A client that reads nothing makes the queue keep a reference for each, not a copy; and when
  /// the stream has closed, there is none.
  @Test func queueKeepsNoCopy() throws {
    var document = [UInt8](repeating: 1, count: 100_000)
    let writeCount = 1000
    let connection = try Loopback(
      loop: Loop(),
      server: { stream, event in
        guard event == .open else { return }
        let document = document
        for _ in 0..<writeCount { try stream.write(Self.head.span, shared: [(7, document)]) }
        #expect(stream.queuedByteCount > writeCount / 2 * document.count)
        #expect(1...writeCount * 512 ~= stream.memoryByteCount)
        stream.close()
      },
      client: readToTheEnd)
    try connection.run()
    // Changed where it is: nobody else has a reference.
    let address = unsafe document.withUnsafeBufferPointer { $0.baseAddress }
    document[0] = 2
    #expect(unsafe document.withUnsafeBufferPointer { $0.baseAddress } == address)
  }

  @Test func restIsRefusedWhereNothingMayBeQueued() throws {
    let document = [UInt8](repeating: 1, count: 100_000)
    var failure: UVError?
    let connection = try Loopback(
      loop: Loop(),
      server: { stream, event in
        guard event == .open else { return }
        do throws(UVError) {
          for _ in 0..<1000 { try stream.write(Span(), shared: [(0, document)], mayQueue: false) }
        } catch {
          failure = error
        }
        #expect(stream.queuedByteCount == 0)
        stream.close()
      },
      client: readToTheEnd)
    try connection.run()
    #expect(try #require(failure).meansNoRoom)
  }

  /// What a client does that reads all there is.
  private func readToTheEnd(_ stream: TCPStream, _ event: Peer.Event) throws {
    if event == .open { try stream.startReading() }
    if event == .end { stream.close() }
    if case .failure = event { stream.close() }
  }
}
