import HTTP1
import Reservations
import Snowflake

/// One client's conversation, without a socket: bytes in, bytes out, and what is to happen next.
///
/// Requests are answered in the order in which they came. What comes out does not depend on how the
/// bytes were split.
final class Session {
  /// How a turn ended.
  enum Turn: Equatable {
    /// All that has come is answered, as far as it can be.
    case reading
    /// A request waits for the next millisecond; call ``resume(at:)`` then.
    case waiting
    /// There is much to send already; call ``resume(at:)`` once it is sent.
    case full
    /// The last response has been written: send it and close.
    case ended
  }

  private let service: IDService
  private var memory = SessionMemory()
  /// Whether so much came at once, in the last read or since the server drains, that more is on its
  /// way, or more may have come because nothing is read. No answer then says that it is the last; the
  /// connection closes when it is at rest.
  private var isInBurst = false
  /// Whether the last response has been written, and nothing came behind its request, of which the
  /// client has said that it is the last.
  private(set) var clientIsDone = false
  /// In which count of waiters the request that waits is; `nil` if it is in none.
  private var waiterSlot: RequestSize?
  /// `nil` unless requests are logged.
  var log: ClientLog?

  init(_ service: IDService) { self.service = service }

  /// Whether no request has begun that is not answered.
  var isIdle: Bool {
    if case .head = memory.state { memory.pending == nil } else { false }
  }

  /// Whether a request's head has come whole, and its body has not.
  var isInBody: Bool {
    if case .body = memory.state { true } else { false }
  }

  /// The size of the request that waits; `nil` if none does.
  var waitingSize: RequestSize? {
    if case .waiting(let held) = memory.state { held.request.route.size } else { nil }
  }

  /// How many bytes wait for their turn.
  var pendingByteCount: Int { memory.pending?.bytes.count ?? 0 }

  /// How many bytes of memory it keeps because of what its client has sent; 0 at rest.
  var heldByteCount: Int { memory.byteCount }

  /// Takes bytes from the client and appends the responses to `output`.
  func receive(
    _ bytes: Span<UInt8>, at now: ClockReading, into output: inout OutputBuffer
  ) -> Turn {
    isInBurst = bytes.count >= Limits.burstBytes || isInBurst && service.isDraining
    if let pending = memory.pending {
      pending.bytes.append(bytes)
      if case .waiting = memory.state { return .waiting }
      return resume(at: now, into: &output)
    }
    var parser: RequestHeadParser?
    var index = 0
    let turn = process(bytes, from: &index, &parser, at: now, into: &output)
    if index < bytes.count {
      memory.pending = PendingBytes(bytes.extracting(index..<bytes.count), parser: parser)
    }
    return turn
  }

  /// Goes on after `.waiting` or `.full`.
  func resume(at now: ClockReading, into output: inout OutputBuffer) -> Turn {
    if case .waiting(let held) = memory.state {
      stopWaiting()
      answer(held, isLast: memory.pending == nil, at: now, into: &output)
    }
    guard let pending = memory.pending else { return endOfTurn }
    memory.pending = nil
    let bytes = pending.bytes
    var index = 0
    let turn = process(bytes.span, from: &index, &pending.parser, at: now, into: &output)
    if index == 0, !bytes.isEmpty {
      memory.pending = pending
    } else if index < bytes.count {
      let rest = bytes.span.extracting(index..<bytes.count)
      memory.pending = PendingBytes(rest, parser: pending.parser)
    }
    return turn
  }

  /// Answers a request that did not come to its end in time. Nothing if none has begun.
  func timeOut(at now: ClockReading, into output: inout OutputBuffer) {
    guard !isIdle else { return }
    let bytes = memory.pending?.bytes ?? []
    refuse(.requestTimeout, head: bytes.span, at: now, into: &output)
  }

  /// Answers a request that has not come whole, has not been understood, or has not been looked at;
  /// it is the last.
  ///
  /// - Parameter head: what there is of its head, if that has not come whole.
  func refuse(
    _ problem: Problem, head: Span<UInt8> = Span(), at now: ClockReading,
    into output: inout OutputBuffer
  ) {
    let held = memory.request
    memory.pending = nil
    // RFC 9110 §9.3.2: the answer to a `HEAD` has no content even if it is an error.
    let isHead =
      held?.request.isHead ?? (head.count >= 5 && head.hasBytes("HEAD ", in: 0..<5))
    let request = Request(route: .problem(problem), isHead: isHead, connection: .close)
    if let held {
      held.request = request
      answer(held, isLast: true, at: now, into: &output)
    } else {
      answer(request, head: head, isLast: true, at: now, into: &output)
    }
  }

  /// Gives up a request that waits: its connection is lost. Nothing if none does.
  func stopWaiting() {
    guard case .waiting = memory.state else { return }
    releaseWaiterSlot()
    memory.state = .head
  }

  /// Releases the waiter slot, if it holds one: its client is to read first.
  func releaseWaiterSlot() {
    guard let size = waiterSlot else { return }
    waiterSlot = nil
    service.changeWaiters(size, by: -1)
  }

  /// Frees all that it keeps, and reads nothing more: the connection is closing.
  func discard() {
    stopWaiting()
    memory = SessionMemory(state: .ended)
  }

  /// More may have come than has been received.
  func didStopReading() { isInBurst = true }

  private var endOfTurn: Turn {
    switch memory.state {
    case .head, .body: .reading
    case .waiting: .waiting
    case .ended: .ended
    }
  }

  /// Reads requests and answers them until the bytes are used up or a turn ends earlier.
  ///
  /// - Parameters:
  ///   - index: where to begin; left where the first byte stands that is still needed.
  ///   - parser: of the head that begins at `index`, if it has been begun.
  private func process(
    _ bytes: Span<UInt8>, from index: inout Int, _ parser: inout RequestHeadParser?,
    at now: ClockReading, into output: inout OutputBuffer
  ) -> Turn {
    do throws(RequestError) {
      while true {
        switch memory.state {
        case .head:
          let isNew = parser == nil
          if isNew { index = bytes.skippingEmptyLines(from: index) }
          guard index < bytes.count else { return .reading }
          // It may begin one more empty line, and the parser does not know of those.
          if isNew, bytes.isCarriageReturnAlone(from: index) { return .reading }
          guard output.count < Limits.turnBytes else { return .full }
          if isNew, let known = service.memo.request(in: bytes, from: index) {
            let head = bytes.extracting(index..<known.end)
            index = known.end
            answer(
              known.request, head: head, isLast: index == bytes.count, at: now, into: &output)
            continue
          }
          let rest = bytes.extracting(index..<bytes.count)
          var current = parser ?? RequestHeadParser(limits: service.limits.head)
          guard case .complete(let head, let consumed) = try current.parse(rest) else {
            parser = current
            return .reading
          }
          parser = nil
          let request = Request(head, in: rest)
          let reader = try request.needsBody ? BodyReader(head.body, limits: service.limits) : nil
          index += consumed
          let headBytes = rest.extracting(0..<consumed)
          if let reader {
            if head.expectsContinue { output.appendContinue() }
            memory.state = .body(
              HeldRequest(request, body: reader, loggedHead: loggedHead(of: headBytes)))
          } else {
            service.memo.remember(headBytes, body: head.body, request)
            answer(
              request, head: headBytes, isLast: index == bytes.count, at: now, into: &output)
          }
        case .body(let held):
          index = try held.body?.read(bytes, from: index) ?? index
          guard held.body?.isDone ?? true else { return .reading }
          answer(held, isLast: index == bytes.count, at: now, into: &output)
        case .waiting: return .waiting
        case .ended:
          index = bytes.count  // Whatever follows is no request: RFC 9112 §9.6.
          return .ended
        }
      }
    } catch {
      let head = bytes.extracting(index..<bytes.count)
      index = bytes.count
      service.metrics.didFailToParse(error)
      refuse(Problem(error), head: head, at: now, into: &output)
      return .ended
    }
  }

  /// Writes the response to a request that has come to its end, or has it wait.
  ///
  /// - Parameters:
  ///   - head: as far as it has come; any bytes at all if it is malformed.
  ///   - held: the request as it has been kept until now, if it has.
  ///   - isLast: whether nothing has come behind it. Then a server that drains closes.
  private func answer(
    _ request: Request, head: Span<UInt8>, held: HeldRequest? = nil, isLast: Bool,
    at now: ClockReading, into output: inout OutputBuffer
  ) {
    var request = request
    let connection = request.connection
    if isLast, service.isDraining, !isInBurst { request.connection = .close }
    let start = log == nil ? 0 : output.count
    guard service.respond(to: &request, at: now, into: &output) else {
      request.connection = connection  // More may have come behind it when it is answered.
      let held = held ?? HeldRequest(request, loggedHead: loggedHead(of: head))
      held.request = request
      memory.state = .waiting(held)
      let size = request.route.size
      waiterSlot = size
      service.changeWaiters(size, by: 1)
      return
    }
    log?.append(head, output, from: start, at: now)
    memory.state = request.connection == .close ? .ended : .head
    clientIsDone = request.isClientsLast && isLast && !isInBurst
  }

  /// The same for a request that has been kept.
  private func answer(
    _ held: HeldRequest, isLast: Bool, at now: ClockReading, into output: inout OutputBuffer
  ) {
    let head = held.loggedHead
    answer(held.request, head: head.span, held: held, isLast: isLast, at: now, into: &output)
  }

  private func loggedHead(of head: Span<UInt8>) -> [UInt8] {
    log == nil ? [] : AccessLog.excerpt(of: head)
  }
}

extension BodyReader {
  init?(_ body: RequestHead.Body, limits: Limits) throws(RequestError) {
    try self.init(body, byteLimit: limits.bodyBytes, trailerByteLimit: limits.head.headBytes)
  }
}
