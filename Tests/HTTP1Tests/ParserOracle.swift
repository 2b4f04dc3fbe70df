@testable import HTTP1

/// What must hold of the parser for any bytes at all. The fuzzer and the tests both ask it.
struct ParserOracle {
  private typealias Outcome = Result<RequestHeadParser.Progress, RequestError>

  /// Small, so that a fuzzer reaches them.
  private static let limits = HeadLimits(targetBytes: 48, headBytes: 320, fieldCount: 6)

  private let bytes: [UInt8]

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
  }

  /// What does not hold, or `nil` if all does.
  var fault: String? {
    let whole = outcome(ofFirst: bytes.count)
    var parser = RequestHeadParser(limits: Self.limits)
    var length = 0
    var stepwise = Outcome.success(.incomplete)
    while length < bytes.count, stepwise == .success(.incomplete) {
      length += 1
      stepwise = Self.outcome(of: &parser, bytes.span.extracting(first: length))
      let fresh = outcome(ofFirst: length)
      guard fresh == stepwise else {
        return "the first \(length) bytes: \(fresh), but byte by byte \(stepwise)"
      }
    }
    guard whole == stepwise else { return "at once \(whole), but byte by byte \(stepwise)" }
    guard case .success(.complete(let head, let consumed)) = whole else { return nil }
    guard consumed == length else {
      return "complete after \(length) bytes, but \(consumed) consumed"
    }
    return fault(in: head, consumed: consumed) ?? bodyFault(head.body, from: consumed)
  }

  private func outcome(ofFirst length: Int) -> Outcome {
    var parser = RequestHeadParser(limits: Self.limits)
    return Self.outcome(of: &parser, bytes.span.extracting(first: length))
  }

  private static func outcome(
    of parser: inout RequestHeadParser, _ bytes: Span<UInt8>
  ) -> Outcome {
    do throws(RequestError) {
      return .success(try parser.parse(bytes))
    } catch {
      return .failure(error)
    }
  }

  /// Every range lies within the head, and what is read through them is what was sent.
  private func fault(in head: RequestHead, consumed: Int) -> String? {
    for range in [head.target.path, head.target.query, head.fieldLines]
    where range.upperBound > consumed {
      return "\(range) is past the head's \(consumed) bytes"
    }
    guard bytes[..<consumed].suffix(2).elementsEqual([0x0D, 0x0A]) else {
      return "the head does not end with CR LF"
    }
    var hostCount = 0
    head.forEachValue(of: "host", in: bytes.span) { _ in hostCount += 1 }
    guard hostCount == (head.fields.contains(.host) ? 1 : 0) else {
      return "\(hostCount) Host fields were let by"
    }
    let decoded = bytes.span.percentDecoded(head.target.path)
    return decoded.count > head.target.path.count ? "the path grew by decoding" : nil
  }

  /// The body ends at one place, or fails with one error, however it is split.
  private func bodyFault(_ body: RequestHead.Body, from start: Int) -> String? {
    func end(pieceBytes: Int) -> Result<Int, RequestError> {
      do throws(RequestError) {
        guard var reader = try BodyReader(body, byteLimit: 40, trailerByteLimit: 40) else {
          return .success(start)
        }
        var index = start
        while index < bytes.count, !reader.isDone {
          let piece = bytes.span.extracting(first: min(bytes.count, index + pieceBytes))
          index = try reader.read(piece, from: index)
        }
        return .success(reader.isDone ? index : bytes.count + 1)
      } catch {
        return .failure(error)
      }
    }
    let whole = end(pieceBytes: bytes.count)
    for pieceBytes in [1, 3] where end(pieceBytes: pieceBytes) != whole {
      return "body: \(whole) at once, \(end(pieceBytes: pieceBytes)) by \(pieceBytes) bytes"
    }
    return nil
  }
}
