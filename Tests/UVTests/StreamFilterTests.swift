import Testing

@testable import UV

@Suite struct StreamFilterTests {
  /// Whichever way an end of a connection ends it, its peer is told once, before the stream's end.
  @Test(arguments: [0, 1, 2]) func peerIsToldOfTheEnd(_ shutdownCount: Int) throws {
    let loopback = try Loopback(loop: Loop()) { stream, event in
      guard event == .open else { return }
      try stream.start(MarkingFilter())
      try stream.write(Array("last words".utf8).span)
      for _ in 0..<shutdownCount { stream.shutdown() }
      stream.close()
    } client: { stream, event in
      switch event {
      case .open: try stream.startReading()
      case .end: stream.close()
      default: break
      }
    }
    try loopback.run()
    #expect(loopback.client.received == Array("last words.".utf8))
    #expect(loopback.client.events == [.open, .end, .close])
  }

  /// A stream that is cut off is no stream that has ended, unless the filter allows it.
  @Test(arguments: [true, false]) func endWithoutTheFilters(allowsTruncation: Bool) throws {
    let loopback = try Loopback(loop: Loop()) { stream, event in
      guard event == .open else { return }
      try stream.write(Array("cut of".utf8).span)
      stream.close()
    } client: { stream, event in
      switch event {
      case .open:
        try stream.start(MarkingFilter(allowsTruncation: allowsTruncation))
        try stream.startReading()
      case .end, .failure: stream.close()
      default: break
      }
    }
    try loopback.run()
    #expect(loopback.client.received == Array("cut of".utf8))
    #expect(loopback.client.events.count == 3)
    #expect(loopback.client.events.contains(.end) == allowsTruncation)
  }
}

/// Changes no byte, and says the end by a full stop.
private final class MarkingFilter: StreamFilter {
  private var output: [UInt8] = []
  private var hasEnded = false
  private(set) var received: [UInt8] = []

  let isEstablished = true
  let hasPeerEnded = false
  let allowsTruncation: Bool
  let heldByteCount = 0
  let peerName: String? = nil
  let failureReason: String? = nil
  let hasReceivedHTTP = false

  init(allowsTruncation: Bool = true) { self.allowsTruncation = allowsTruncation }

  func start() {}

  func receive(_ bytes: Span<UInt8>) { received = bytes.indices.map { bytes[$0] } }

  func send(_ bytes: Span<UInt8>) {
    for index in bytes.indices { output.append(bytes[index]) }
  }

  func end() {
    if !hasEnded { output.append(UInt8(ascii: ".")) }
    hasEnded = true
  }

  func withOutput(_ body: (Span<UInt8>) throws(UVError) -> Void) throws(UVError) {
    defer { output = [] }
    if !output.isEmpty { try body(output.span) }
  }
}
