@testable import HTTP1

/// What must hold of responses for any bytes at all. The fuzzer and the tests both ask it.
struct ResponseOracle {
  private enum Outcome: Equatable {
    case incomplete
    /// `total`: how many bytes, of all, are the response's.
    case complete(HTTPResponse, total: Int, isPersistent: Bool)
    case failure(ResponseError)
  }

  /// Small, so that a fuzzer reaches them.
  private static let limits = ResponseLimits(headBytes: 320, fieldCount: 6, bodyBytes: 48)

  private let bytes: [UInt8]

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// What does not hold, or `nil` if all does.
  var fault: String? { fault(isResponseToHead: false) ?? fault(isResponseToHead: true) }

  private func fault(isResponseToHead: Bool) -> String? {
    func outcome(of bytes: [UInt8], pieceBytes: Int, endsThen: Bool = false) -> Outcome {
      Self.outcome(
        of: bytes, pieceBytes: pieceBytes, endsThen: endsThen, isResponseToHead: isResponseToHead)
    }
    let whole = outcome(of: bytes, pieceBytes: max(bytes.count, 1))
    for pieceBytes in [1, 2, 3, 7, 64] {
      let cut = outcome(of: bytes, pieceBytes: pieceBytes)
      guard cut == whole else { return "\(whole) at once, but \(cut) by \(pieceBytes) bytes" }
    }
    switch whole {
    case .failure: return nil
    case .incomplete:
      let ended = outcome(of: bytes, pieceBytes: 1, endsThen: true)
      guard case .complete(let response, let total, let isPersistent) = ended else {
        return ended == .failure(.truncated) ? nil : "ended early, but \(ended)"
      }
      guard total == bytes.count, !isPersistent else { return "\(ended) at the end" }
      guard !isResponseToHead else { return "the response to a HEAD has a body" }
      return fault(in: response, total: total, isUntilClose: true, isResponseToHead: false)
    case .complete(let response, let total, _):
      // Its end is where its last byte is, whatever stands behind that.
      guard outcome(of: Array(bytes[..<total]), pieceBytes: total) == whole else {
        return "\(whole) needs more than its \(total) bytes"
      }
      guard outcome(of: Array(bytes[..<(total - 1)]), pieceBytes: 1) == .incomplete else {
        return "\(whole) is complete before its last byte"
      }
      return fault(
        in: response, total: total, isUntilClose: false, isResponseToHead: isResponseToHead)
    }
  }

  private static func outcome(
    of bytes: [UInt8], pieceBytes: Int, endsThen: Bool, isResponseToHead: Bool
  ) -> Outcome {
    var reader = ResponseReader(limits: limits, isResponseToHead: isResponseToHead)
    do throws(ResponseError) {
      for start in stride(from: 0, to: bytes.count, by: pieceBytes) {
        let piece = bytes.span.extracting(start..<min(start + pieceBytes, bytes.count))
        let progress = try reader.read(piece)
        if case .complete(let response, let consumed, let isPersistent) = progress {
          return .complete(response, total: start + consumed, isPersistent: isPersistent)
        }
      }
      guard endsThen else { return .incomplete }
      return .complete(try reader.end(), total: bytes.count, isPersistent: false)
    } catch {
      return .failure(error)
    }
  }

  /// The response against what a reader of the simplest kind finds, which may assume that all is
  /// well formed.
  private func fault(
    in response: HTTPResponse, total: Int, isUntilClose: Bool, isResponseToHead: Bool
  ) -> String? {
    guard 200...999 ~= response.status else { return "status \(response.status)" }
    guard response.body.count <= Self.limits.bodyBytes else {
      return "a body of \(response.body.count) bytes"
    }
    guard let head = lastHead else { return "complete without an empty line" }
    let hasNoBody = isResponseToHead || response.status == 204 || response.status == 304
    let expected: [UInt8]
    if hasNoBody {
      expected = []
    } else if isUntilClose || !isChunked(head) {
      expected = Array(bytes[head.upperBound..<total])
    } else {
      expected = chunkContent(from: head.upperBound)
    }
    return response.body == expected ? nil : "the body is \(response.body), not \(expected)"
  }

  /// Each head that is not the last has a status of 1xx.
  private var lastHead: Range<Int>? {
    var start = 0
    for end in bytes.indices.dropFirst(3).map({ $0 + 1 })
    where end > start + 3 && bytes[(end - 4)..<end].elementsEqual("\r\n\r\n".utf8) {
      if bytes[start + 9] != UInt8(ascii: "1") { return start..<end }
      start = end
    }
    return nil
  }

  /// No other coding is accepted, so the field's name is enough.
  private func isChunked(_ head: Range<Int>) -> Bool {
    let lowercase = bytes[head].map { 0x41...0x5A ~= $0 ? $0 | 0x20 : $0 }
    return lowercase.indices.contains {
      lowercase[$0...].starts(with: "\r\ntransfer-encoding:".utf8)
    }
  }

  private func chunkContent(from start: Int) -> [UInt8] {
    var (index, content) = (start, [UInt8]())
    while let lineEnd = bytes[index...].firstIndex(of: 0x0A) {
      let digits = bytes[index..<lineEnd].prefix { $0.hexadecimalValue != nil }
      let size = digits.reduce(0) { $0 << 4 | Int($1.hexadecimalValue ?? 0) }
      guard size > 0 else { break }
      content += bytes[(lineEnd + 1)..<(lineEnd + 1 + size)]
      index = lineEnd + 1 + size + 2
    }
    return content
  }
}
