@testable import API
@testable import HTTP1
@testable import Reservations
@testable import Snowflake

/// What must hold of a whole session for any bytes, cut anywhere. The fuzzer and the tests both
/// ask it.
///
/// A case is what a client sends, as it is. Behind the last 0xFF, if there is one, the rest says
/// how: a byte of which the lower half is how often the bytes are doubled and the highest bit says
/// that few IDs of the millisecond are left, then the lengths of the pieces, over and over.
struct SessionOracle {
  private let bytes: [UInt8]
  private let pieceBytes: [Int]
  private let leavesFewIDs: Bool

  private static let maximumBytes = 1024

  init(_ input: [UInt8]) {
    guard let mark = input.lastIndex(of: 0xFF) else {
      (bytes, pieceBytes, leavesFewIDs) = (input, [1], false)
      return
    }
    let manner = input[(mark + 1)...]
    var bytes = Array(input[..<mark])
    for _ in 0..<((manner.first ?? 0) & 15) where bytes.count * 2 <= Self.maximumBytes {
      bytes += bytes
    }
    self.bytes = bytes
    pieceBytes = manner.count < 2 ? [1] : manner.dropFirst().map { Int($0) + 1 }
    leavesFewIDs = (manner.first ?? 0) & 128 != 0
  }

  /// What does not hold, or `nil` if all does.
  var fault: String? {
    let whole = outcome(pieceBytes: [max(bytes.count, 1)])
    let split = outcome(pieceBytes: pieceBytes)
    guard whole == split else { return "at once \(whole)\nin pieces \(split)" }
    // The length of what answers HEAD cannot be told from the response alone.
    guard !mayHaveHead else { return nil }
    return ResponseStream(whole.output).fault(hasEnded: whole.step.hasEnded)
  }

  private var mayHaveHead: Bool {
    let span = bytes.span
    return bytes.indices.dropLast(3).contains { span.hasBytes("HEAD", in: $0..<$0 + 4) }
  }

  private struct Outcome: Equatable, CustomStringConvertible {
    var output: [UInt8] = []
    var step = Session.Step.reading(.request)
    var pendingByteCount = 0
    /// What is said if nothing more comes.
    var timeoutOutput: [UInt8] = []

    var description: String {
      """
      \(step), pending: \(pendingByteCount)
      \(String(decoding: output.suffix(2000), as: UTF8.self))
      timeout: \(String(decoding: timeoutOutput, as: UTF8.self))
      """
    }

    mutating func take(_ buffer: inout OutputBuffer) {
      buffer.withBytes { output.append($0) }
      buffer.removeAll()
    }
  }

  /// Runs a new session of a new service over the bytes, in pieces of these lengths, over and over.
  ///
  /// The clock stands still and goes on by a millisecond only for requests that wait for it.
  private func outcome(pieceBytes: [Int]) -> Outcome {
    var outcome = Outcome()
    guard let source = try? IDSource(machineID: 1) else { return outcome }
    let service = IDService(source: source, limits: Self.limits)
    service.makeNonce = { "nonce" }
    var now = ClockReading(unixMilliseconds: 1_769_689_174_499)
    let session = Session(service)
    var buffer = OutputBuffer()
    if leavesFewIDs {
      let request = Array("GET /ids?count=4090 HTTP/1.1\r\nHost: a\r\n\r\n".utf8)
      _ = session.receive(request.span, at: now, into: &buffer)
      buffer.removeAll()
    }
    var (start, pieceCount) = (0, 0)
    while start < bytes.count, !outcome.step.hasEnded {
      let end = min(bytes.count, start + pieceBytes[pieceCount % pieceBytes.count])
      let piece = bytes.span.extracting(start..<end)
      outcome.step = session.receive(piece, at: now, into: &buffer)
      outcome.take(&buffer)
      (start, pieceCount) = (end, pieceCount + 1)
      while outcome.step.isToBeResumed {
        if case .waiting = outcome.step {
          // Bytes may come while a request waits, too.
          if pieceCount.isMultiple(of: 2), start < bytes.count { break }
          now.unixMilliseconds += 1
        }
        outcome.step = session.resume(at: now, into: &buffer)
        outcome.take(&buffer)
      }
    }
    // Whether the client may send more depends on where the bytes are split; no answer does.
    if outcome.step.hasEnded { outcome.step = .ended(.clientMaySend) }
    outcome.pendingByteCount = session.pendingByteCount
    if !outcome.step.hasEnded {
      _ = session.timeOut(at: now, into: &buffer)
      buffer.withBytes { outcome.timeoutOutput.append($0) }
    }
    return outcome
  }

  /// Small, so that a fuzzer reaches them.
  private static let limits = {
    var limits = Limits()
    limits.head = HeadLimits(targetBytes: 48, headBytes: 320, fieldCount: 6)
    limits.bodyBytes = 40
    return limits
  }()
}

extension Session.Step {
  fileprivate var isToBeResumed: Bool {
    switch self {
    case .yielded, .postponed, .waiting: true
    case .reading, .ended: false
    }
  }

  var hasEnded: Bool {
    if case .ended = self { true } else { false }
  }
}

/// The responses that a client sees, one behind the other.
private struct ResponseStream {
  private let bytes: [UInt8]

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// RFC 9112 §6.3 and §9.6: each has a length and exactly so much content; `close` stands on the
  /// last one, and only if it is the last.
  func fault(hasEnded: Bool) -> String? {
    var start = 0
    var saysClose = false
    while start < bytes.count {
      if saysClose { return "a response behind the one that said close" }
      guard let head = head(from: start) else { return "no whole head at \(start)" }
      start = head.end
      if head.lines[0] == "HTTP/1.1 100 Continue" { continue }
      saysClose = head.lines.contains("Connection: close")
      let lengths = head.lines.filter { $0.hasPrefix("Content-Length: ") }
      guard lengths.count == 1, let length = Int(lengths[0].dropFirst(16)),
        head.lines.count(where: { $0.hasPrefix("Date: ") }) == 1
      else { return "not one length and one date: \(head.lines)" }
      guard bytes.count - start >= length else { return "content cut short: \(head.lines)" }
      start += length
    }
    guard saysClose == hasEnded else { return "close said: \(saysClose), ended: \(hasEnded)" }
    return nil
  }

  private func head(from start: Int) -> (lines: [String], end: Int)? {
    var lines: [String] = []
    var lineStart = start
    while let carriageReturn = bytes[lineStart...].firstIndex(of: 0x0D),
      carriageReturn + 1 < bytes.count, bytes[carriageReturn + 1] == 0x0A
    {
      let line = String(decoding: bytes[lineStart..<carriageReturn], as: UTF8.self)
      lineStart = carriageReturn + 2
      if line.isEmpty { return lines.isEmpty ? nil : (lines, lineStart) }
      lines.append(line)
    }
    return nil
  }
}
