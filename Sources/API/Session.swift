package import HTTP1
package import Reservations
import Snowflake

/// One client's side of HTTP, without I/O: bytes in, bytes out, and what must happen next.
///
/// It answers requests in the order in which they arrive. The responses do not depend on how the
/// bytes were split.
package final class Session {
  private let service: IDService
  private let router: Router
  private var memory = SessionMemory()
  private var input = Input.open
  /// `nil` unless requests are logged.
  private var log: ClientLog?

  /// - Parameter router: that of the port; `nil` for that of the main port.
  package init(_ service: IDService, at router: Router? = nil) {
    self.service = service
    self.router = router ?? service.router
  }

  /// Records the requests from now on.
  package func startLogging(_ log: ClientLog) { self.log = log }

  /// The number of received bytes that are not processed yet.
  package var pendingByteCount: Int { memory.pending?.count ?? 0 }

  /// The memory that it holds because of its client's bytes, in bytes; 0 at rest.
  package var heldByteCount: Int { memory.byteCount }

  /// Takes bytes from the client and appends the responses to `output`.
  ///
  /// - Parameter budget: the budget of this step; the rest waits for ``resume(at:within:into:)``.
  package func receive(
    _ bytes: Span<UInt8>, at now: ClockReading, within budget: StepBudget = .whole,
    into output: inout OutputBuffer
  ) -> Step {
    // While the server drains, a short read still belongs to the burst: its last part may be short.
    let continuesBurst = input == .burst && service.phase == .draining
    if bytes.count >= StepBudget.whole.readBytes || continuesBurst {
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

  /// Called when the client has closed its half of the connection. It may still read, so its
  /// requests are answered first.
  package func receiveEnd() -> Step {
    input = .ended
    return endOfStep
  }

  /// Takes the next step after ``Step/waiting(_:)``, ``Step/yielded`` or ``Step/postponed``.
  package func resume(
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

  /// Responds to a request that is incomplete at its deadline. No effect if no request has begun.
  package func timeOut(at now: ClockReading, into output: inout OutputBuffer) -> Step {
    guard endOfStep != .reading(.request) else { return endOfStep }
    let pending = memory.pending
    let bytes = pending?.bytes ?? []
    let head = bytes.span.extracting((pending?.start ?? 0)..<bytes.count)
    return refuse(.requestTimeout, head: head, at: now, into: &output)
  }

  /// Responds with an error to a request that is incomplete, malformed, or not parsed; it is the
  /// last response.
  ///
  /// - Parameter head: the bytes received of its head, if that is incomplete.
  @discardableResult
  package func refuse(
    _ problem: Problem, head: Span<UInt8> = Span(), at now: ClockReading,
    into output: inout OutputBuffer
  ) -> Step {
    releaseWaiterSlot()
    let held = memory.request
    memory.pending = nil
    // RFC 9110 §9.3.2: a response to `HEAD` has no content, even if it is an error.
    let isHead = held?.request.isHead ?? (head.count >= 5 && head.hasBytes("HEAD ", in: 0..<5))
    let request = Request(route: .problem(problem), isHead: isHead, connection: .close)
    if let held {
      held.request = request
      answer(held, isLast: true, at: now, into: &output)
    } else {
      answer(request, head: head, isLast: true, at: now, into: &output)
    }
    return endOfStep
  }

  /// Releases the waiter slot of a waiting request: its client must read its responses first.
  package func releaseWaiterSlot() {
    guard case .waiting(let held) = memory.state else { return }
    service.changeWaiters(held.request.route, by: -1)
    memory.state = .complete(held)
  }

  /// Frees its memory, because the connection is closing.
  package func discard() {
    releaseWaiterSlot()
    memory = SessionMemory(state: .ended(.clientMaySend))
  }

  /// Records that reading pauses, so that more bytes may arrive than have been received.
  ///
  /// - Parameter isBetweenSteps: whether reading continues after the next step. If not, it
  ///   continues once the client has caught up, and by then the client may have sent a burst.
  package func didPauseReading(isBetweenSteps: Bool) {
    if input == .ended { return }
    if !isBetweenSteps { input = .burst } else if input == .open { input = .mayHaveMore }
  }

  /// The end of a step that has processed all bytes.
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

  /// Parses and answers requests until the bytes are used up, a request waits, or the last response
  /// is written.
  ///
  /// - Parameters:
  ///   - index: the start; on return, the first byte that is still needed.
  ///   - parser: the parser of the head that begins at `index`, if it has been started.
  /// - Returns: whether it stopped early because the step's budget is used up.
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
          // It may begin another empty line, which the parser does not skip.
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
          // The bytes after it are not a request: RFC 9112 §9.6.
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

  /// Parses one head, and answers its request unless it has a body.
  ///
  /// - Returns: the cost of the response; `nil` if the head is incomplete.
  @inline(__always)
  private func takeHead(
    _ bytes: Span<UInt8>, from index: inout Int, _ parser: inout RequestHeadParser?,
    within budget: StepBudget, at now: ClockReading, into output: inout OutputBuffer
  ) throws(RequestError) -> Int? {
    if parser == nil, let known = router.memo.request(in: bytes, from: index) {
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
    let origin = service.cors.origin(of: head, in: rest)
    let request = Request(head, in: rest, for: service, at: router, from: origin)
    let reader = try request.needsBody ? BodyReader(head.body, limits: service.limits) : nil
    index += consumed
    let headBytes = rest.extracting(0..<consumed)
    if reader != nil || origin != nil {
      if reader != nil, head.expectsContinue { output.appendContinue() }
      memory.state = .body(
        HeldRequest(
          request, origin: origin, body: reader, loggedHead: loggedHead(of: headBytes)))
    } else {
      router.memo.remember(headBytes, body: head.body, request)
      answer(
        request, head: headBytes, isLast: index == bytes.count, within: budget, at: now,
        into: &output)
    }
    return request.route.cost
  }

  /// Writes the response to a complete request, or keeps the request until there are IDs, or until
  /// the next step.
  ///
  /// - Parameters:
  ///   - head: the bytes received of its head; arbitrary bytes if it is malformed.
  ///   - held: the kept request, if it has been kept.
  ///   - isLast: whether no bytes follow it. If so, a draining server closes the connection.
  private func answer(
    _ request: Request, head: Span<UInt8>, held: HeldRequest? = nil, isLast: Bool,
    within budget: StepBudget = .whole, at now: ClockReading, into output: inout OutputBuffer
  ) {
    guard budget.answersExpensive || !request.route.isExpensive else {
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
      // `isLast` is determined again when it is answered: more bytes may have arrived by then.
      let held = held ?? HeldRequest(request, loggedHead: loggedHead(of: head))
      held.batch = batch
      memory.state = .waiting(held)
      service.changeWaiters(request.route, by: 1)
    }
  }

  /// The same for a kept request. Not inlined, which keeps the hot path short.
  @inline(never)
  private func answer(
    _ held: HeldRequest, isLast: Bool, within budget: StepBudget = .whole, at now: ClockReading,
    into output: inout OutputBuffer
  ) {
    let head = held.loggedHead
    service.withOrigin(held.origin) {
      answer(
        held.request, head: head.span, held: held, isLast: isLast, within: budget, at: now,
        into: &output)
    }
  }

  private func loggedHead(of head: Span<UInt8>) -> [UInt8] {
    log == nil ? [] : AccessLog.excerpt(of: head)
  }
}
