/// A complete response, as a client receives it.
public struct HTTPResponse: Equatable, Sendable {
  /// 200…999. RFC 9110 §15: a client treats an unknown code by its first digit.
  public var status: Int
  /// The value of `Date`; `nil` if the field is missing or repeated.
  public var date: String?
  /// The content, without its framing.
  public var body: [UInt8]

  public init(status: Int, date: String? = nil, body: [UInt8] = []) {
    self.status = status
    self.date = date
    self.body = body
  }
}

/// Reads one response from bytes as they arrive, without I/O. It skips interim responses (1xx).
public struct ResponseReader: Sendable {
  /// The outcomes of ``read(_:)``; the third is an error.
  public enum Progress: Equatable, Sendable {
    /// All bytes have been consumed, and the response has not ended.
    case incomplete
    /// The response, how many of the bytes passed last belong to it, and whether the connection may
    /// be used for another request.
    case complete(HTTPResponse, consumed: Int, isPersistent: Bool)
  }

  private enum Phase {
    case head
    case body(BodyReader)
    case bodyUntilClose
    case done
  }

  private let limits: ResponseLimits
  private let isResponseToHead: Bool
  private var phase = Phase.head
  private var parser: ResponseHeadParser
  /// The first bytes of a head whose end has not arrived.
  private var partialHead: [UInt8] = []
  private var isPersistent = false
  private var response = HTTPResponse(status: 0)

  /// - Parameter isResponseToHead: whether the request is a `HEAD`, whose response has no body.
  public init(limits: ResponseLimits, isResponseToHead: Bool = false) {
    self.limits = limits
    self.isResponseToHead = isResponseToHead
    parser = ResponseHeadParser(limits: limits, isResponseToHead: isResponseToHead)
  }

  /// Reads the next bytes. After `.complete` or an error the reader cannot be used again.
  public mutating func read(_ bytes: Span<UInt8>) throws(ResponseError) -> Progress {
    var index = 0
    while index < bytes.count, case .head = phase {
      index = try readHead(bytes, from: index)
    }
    switch phase {
    case .head: return .incomplete
    case .body(var reader):
      index = try readBody(bytes, from: index, &reader)
      guard reader.isDone else {
        phase = .body(reader)
        return .incomplete
      }
      phase = .done
    case .bodyUntilClose:
      guard bytes.count - index <= limits.bodyBytes - response.body.count else {
        throw .message(.bodyTooLarge)
      }
      response.body.append(bytes.extracting(index..<bytes.count))
      return .incomplete
    case .done: break
    }
    return .complete(response, consumed: index, isPersistent: isPersistent)
  }

  /// Ends the response because the server has closed the connection.
  ///
  /// - Throws: `truncated`, unless the body ends with the connection.
  public consuming func end() throws(ResponseError) -> HTTPResponse {
    guard case .bodyUntilClose = phase else { throw .truncated }
    return response
  }

  /// Copies `limits.headBytes` at most, so it never copies more of the body than that either.
  private mutating func readHead(
    _ bytes: Span<UInt8>, from start: Int
  ) throws(ResponseError) -> Int {
    let partialCount = partialHead.count
    let end = min(bytes.count, start + limits.headBytes - partialCount)
    partialHead.append(bytes.extracting(start..<end))
    var parser = parser
    let progress = try parser.parse(partialHead.span)
    self.parser = parser
    guard case .complete(let head, let consumed) = progress else { return end }
    try begin(head)
    partialHead = []
    return start + consumed - partialCount
  }

  private mutating func begin(_ head: ResponseHeadParser.Head) throws(ResponseError) {
    guard head.status != 101 else { throw .unrequestedUpgrade }
    guard !head.isInterim else {
      parser = ResponseHeadParser(limits: limits, isResponseToHead: isResponseToHead)
      return
    }
    response.status = head.status
    response.date = date(of: head)
    isPersistent = head.isPersistent
    do throws(RequestError) {
      if let reader = try BodyReader(head.body, limits: limits) {
        phase = .body(reader)
      } else {
        phase = head.body == .untilClose ? .bodyUntilClose : .done
      }
    } catch {
      throw .message(error)
    }
  }

  private func date(of head: ResponseHeadParser.Head) -> String? {
    let bytes = partialHead.span
    var values: [Range<Int>] = []
    head.forEachValue(of: "date", in: bytes) { values.append($0) }
    return values.count == 1 ? bytes.text(in: values[0]) : nil
  }

  private mutating func readBody(
    _ bytes: Span<UInt8>, from start: Int, _ reader: inout BodyReader
  ) throws(ResponseError) -> Int {
    do throws(RequestError) {
      return try reader.read(bytes, from: start) { response.body.append(bytes.extracting($0)) }
    } catch {
      throw .message(error)
    }
  }
}
