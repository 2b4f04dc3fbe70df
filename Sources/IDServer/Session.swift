import HTTP1
import Reservations
import Snowflake

/// One client's conversation, without a socket: bytes in, bytes out, and what must happen next.
///
/// Requests are answered in the order in which they came. The answers do not depend on how the bytes
/// were split.
final class Session {
  /// What is known of bytes that have not been received.
  private enum Input {
    /// None is known to be on its way.
    case open
    /// More may have come: the last read took as much as it was allowed to, or reading paused between
    /// two steps. No answer then says that it is the last; the next read tells.
    case mayHaveMore
    /// More is on its way: the last read filled the whole buffer, or reading paused until the client
    /// catches up. No answer then says that it is the last.
    case burst
    /// The client has closed its half: nothing comes any more.
    case ended
  }

  private let service: IDService
  private var memory = SessionMemory()
  private var input = Input.open
  /// `nil` unless requests are logged.
  var log: ClientLog?

  init(_ service: IDService) { self.service = service }

  /// How many received bytes have not been looked at.
  var pendingByteCount: Int { memory.pending?.count ?? 0 }

  /// How many bytes of memory it keeps because of what its client has sent; 0 at rest.
  var heldByteCount: Int { memory.byteCount }

  /// Takes bytes from the client and appends the responses to `output`.
  ///
  /// - Parameter budget: how much the step may do; what is left waits for
  ///   ``resume(at:within:into:)``.
  func receive(
    _ bytes: Span<UInt8>, at now: ClockReading, within budget: StepBudget = .whole,
    into output: inout OutputBuffer
  ) -> Step {
    // While the server drains, a burst lasts: its end may be shorter than the buffer.
    let lasts = input == .burst && service.life == .draining
    if bytes.count >= StepBudget.whole.readBytes || lasts {
      input = .burst
    } else {
      input = bytes.count >= budget.readBytes ? .mayHaveMore : .open
    }
    if let pending = memory.pending {
      pending.append(bytes)
      if case .waiting(let held) = memory.state { return .waiting(held.request.route.size) }
      return resume(at: now, within: budget, into: &output)
    }
    var parser: RequestHeadParser?
    var index = 0
    let isCutShort = process(
      bytes, from: &index, &parser, within: budget, at: now, into: &output)
    if index < bytes.count {
      memory.pending = PendingBytes(bytes.extracting(index..<bytes.count), parser: parser)
    }
    return isCutShort ? .yielded : endOfStep
  }

  /// The client has closed its half of the connection. It may still read: what it has asked for is
  /// answered first.
  func receiveEnd() -> Step {
    input = .ended
    return endOfStep
  }

  /// Goes on with what has not been answered: after ``Step/waiting(_:)``, ``Step/yielded`` and
  /// ``Step/postponed``.
  func resume(
    at now: ClockReading, within budget: StepBudget = .whole, into output: inout OutputBuffer
  ) -> Step {
    releaseWaiterSlot()
    if case .complete(let held) = memory.state {
      answer(held, isLast: memory.pending == nil, at: now, into: &output)
    }
    guard let pending = memory.pending else { return endOfStep }
    memory.pending = nil
    let bytes = pending.bytes
    let isCutShort = process(
      bytes.span, from: &pending.start, &pending.parser, within: budget, at: now, into: &output)
    if pending.count > 0 {
      if !isCutShort { pending.compact() }
      memory.pending = pending
    }
    return isCutShort ? .yielded : endOfStep
  }

  /// Answers a request that did not come to its end in time. Nothing if none has begun.
  func timeOut(at now: ClockReading, into output: inout OutputBuffer) -> Step {
    guard endOfStep != .reading(.request) else { return endOfStep }
    let pending = memory.pending
    let bytes = pending?.bytes ?? []
    let head = bytes.span.extracting((pending?.start ?? 0)..<bytes.count)
    return refuse(.requestTimeout, head: head, at: now, into: &output)
  }

  /// Answers a request that has not come whole, has not been understood, or has not been looked at;
  /// it is the last.
  ///
  /// - Parameter head: what there is of its head, if that has not come whole.
  @discardableResult
  func refuse(
    _ problem: Problem, head: Span<UInt8> = Span(), at now: ClockReading,
    into output: inout OutputBuffer
  ) -> Step {
    releaseWaiterSlot()
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
    return endOfStep
  }

  /// Releases the waiter slot that its request holds, if one waits: the client must read first.
  func releaseWaiterSlot() {
    guard case .waiting(let held) = memory.state else { return }
    service.changeWaiters(held.request.route.size, by: -1)
    memory.state = .complete(held)
  }

  /// Frees all that it keeps, and reads nothing more: the connection is closing.
  func discard() {
    releaseWaiterSlot()
    memory = SessionMemory(state: .ended(.clientMaySend))
  }

  /// More may have come than has been received.
  ///
  /// - Parameter isBetweenSteps: whether reading goes on after the next step. If not, it does when the
  ///   client has caught up, which may have sent a burst by then.
  func didPauseReading(isBetweenSteps: Bool) {
    if input == .ended { return }
    if !isBetweenSteps { input = .burst } else if input == .open { input = .mayHaveMore }
  }

  /// How a step ends that has looked at all bytes.
  private var endOfStep: Step {
    switch memory.state {
    case .ended(let ending): .ended(input == .ended ? .clientIsDone : ending)
    case .complete: .postponed
    case .waiting(let held): .waiting(held.request.route.size)
    case .head where input == .ended, .body where input == .ended: .ended(.clientIsDone)
    case .head: .reading(memory.pending == nil ? .request : .head)
    case .body: .reading(.body)
    }
  }

  /// Reads requests and answers them until the bytes are used up, a request waits, or the last response
  /// is written.
  ///
  /// - Parameters:
  ///   - index: where to begin; left where the first byte stands that is still needed.
  ///   - parser: of the head that begins at `index`, if it has been begun.
  /// - Returns: whether it stopped before, because the step's budget is used up.
  private func process(
    _ bytes: Span<UInt8>, from index: inout Int, _ parser: inout RequestHeadParser?,
    within budget: StepBudget, at now: ClockReading, into output: inout OutputBuffer
  ) -> Bool {
    var cost = 0
    do throws(RequestError) {
      while true {
        switch memory.state {
        case .head:
          let isNew = parser == nil
          if isNew { index = bytes.skippingEmptyLines(from: index) }
          guard index < bytes.count else { return false }
          // It may begin one more empty line, and the parser does not know of those.
          if isNew, bytes.isCarriageReturnAlone(from: index) { return false }
          guard cost < budget.cost else { return true }
          let requestCost = try takeHead(
            bytes, from: &index, &parser, within: budget, at: now, into: &output)
          guard let requestCost else { return false }
          cost += requestCost
        case .body(let held):
          index = try held.body?.read(bytes, from: index) ?? index
          guard held.body?.isDone ?? true else { return false }
          answer(held, isLast: index == bytes.count, within: budget, at: now, into: &output)
        case .complete, .waiting: return false
        case .ended:
          // What follows is not a request: RFC 9112 §9.6.
          if index < bytes.count { memory.state = .ended(.clientMaySend) }
          index = bytes.count
          return false
        }
      }
    } catch {
      let head = bytes.extracting(index..<bytes.count)
      index = bytes.count
      service.metrics.didFailToParse(error)
      refuse(Problem(error), head: head, at: now, into: &output)
      return false
    }
  }

  /// Reads one head, and answers its request unless that has a body.
  ///
  /// - Returns: what the answer costs; `nil` if the head has not come whole.
  @inline(__always)
  private func takeHead(
    _ bytes: Span<UInt8>, from index: inout Int, _ parser: inout RequestHeadParser?,
    within budget: StepBudget, at now: ClockReading, into output: inout OutputBuffer
  ) throws(RequestError) -> Int? {
    if parser == nil, let known = service.memo.request(in: bytes, from: index) {
      let head = bytes.extracting(index..<known.end)
      index = known.end
      answer(
        known.request, head: head, isLast: index == bytes.count, within: budget, at: now,
        into: &output)
      return known.request.route.cost
    }
    let rest = bytes.extracting(index..<bytes.count)
    let progress = try RequestHeadParser.parse(
      rest, resuming: &parser, limits: service.limits.head)
    guard case .complete(let head, let consumed) = progress else { return nil }
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
        request, head: headBytes, isLast: index == bytes.count, within: budget, at: now,
        into: &output)
    }
    return request.route.cost
  }

  /// Writes the response to a request that has come whole, or has it wait: for IDs, or the next step.
  ///
  /// - Parameters:
  ///   - head: as far as it has come; any bytes at all if it is malformed.
  ///   - held: the request as it has been kept until now, if it has.
  ///   - isLast: whether nothing has come behind it. Then a server that drains closes.
  private func answer(
    _ request: Request, head: Span<UInt8>, held: HeldRequest? = nil, isLast: Bool,
    within budget: StepBudget = .whole, at now: ClockReading, into output: inout OutputBuffer
  ) {
    guard budget.answersLarge || !request.route.isLarge else {
      memory.state = .complete(held ?? HeldRequest(request, loggedHead: loggedHead(of: head)))
      return
    }
    let isLast = isLast && (input == .open || input == .ended)
    var closing: Request?
    if isLast, service.isDraining {
      closing = request
      closing?.connection = .close
    }
    var batch = held?.batch
    let outcome = service.respond(
      to: closing ?? request, batch: &batch, at: now, into: &output)
    switch outcome {
    case .answered(let status, let contentByteCount):
      log?.append(head, status, contentByteCount: contentByteCount, at: now)
      memory.state =
        closing != nil || request.connection == .close
        ? .ended(isLast && request.isClientsLast ? .clientIsDone : .clientMaySend) : .head
    case .waiting:
      // Whether it is the last is asked anew: more may have come behind it when it is answered.
      let held = held ?? HeldRequest(request, loggedHead: loggedHead(of: head))
      held.batch = batch
      memory.state = .waiting(held)
      service.changeWaiters(request.route.size, by: 1)
    }
  }

  /// The same for a request that has been kept.
  private func answer(
    _ held: HeldRequest, isLast: Bool, within budget: StepBudget = .whole, at now: ClockReading,
    into output: inout OutputBuffer
  ) {
    let head = held.loggedHead
    answer(
      held.request, head: head.span, held: held, isLast: isLast, within: budget, at: now,
      into: &output)
  }

  private func loggedHead(of head: Span<UInt8>) -> [UInt8] {
    log == nil ? [] : AccessLog.excerpt(of: head)
  }
}
