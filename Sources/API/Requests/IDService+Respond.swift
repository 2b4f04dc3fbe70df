import HTTP1
import Reservations
import Snowflake

/// The outcome of responding to a request.
enum ResponseOutcome: Equatable {
  /// The response has been written, with this status and this number of bytes of content: 0 for
  /// `HEAD`.
  case answered(Status, contentByteCount: Int)
  /// Nothing has been written: the IDs of this timestamp are used up. Try again in the next.
  case waiting
}

extension IDService {
  /// Appends the response to `request` to `output`, unless the request must wait.
  ///
  /// - Parameter batch: the IDs made so far for a request to `/ids` that has waited; updated if it
  ///   must wait.
  func respond(
    to request: Request, batch: inout IDBatch?, at now: ClockReading,
    into output: inout OutputBuffer
  ) -> ResponseOutcome {
    let outcome: ResponseOutcome
    do throws(IDUnavailable) {
      outcome = try answer(request, batch: &batch, at: now, into: &output)
    } catch .notYet {
      if waiters.hasPlace(for: request.route, within: layoutLimits) { return .waiting }
      outcome = answer(request, with: .tooManyWaiting(source.layout), at: now, into: &output)
    } catch {
      outcome = answer(request, with: Problem(error), at: now, into: &output)
    }
    if case .answered(let status, _) = outcome { metrics.didAnswer(request.endpoint, status) }
    return outcome
  }

  @inline(__always)
  private func answer(
    _ request: Request, batch: inout IDBatch?, at now: ClockReading,
    into output: inout OutputBuffer
  ) throws(IDUnavailable) -> ResponseOutcome {
    switch request.route {
    case .id(let format):
      let id = try nextRun(upTo: 1, for: .few, at: now).first
      let contentByteCount = templates.one(format).append(id, for: request, at: now, to: &output)
      return .answered(.ok, contentByteCount: contentByteCount)
    case .ids(let count, let format):
      let made = try nextBatch(of: count, batch: &batch, at: now)
      let contentByteCount = templates.many(format).append(
        made.runs.span, for: request, at: now, to: &output)
      return .answered(.ok, contentByteCount: contentByteCount)
    case .decode(let id, let format):
      let decoded = DecodedID(made: id, by: source.layout)
      return append(
        heads.decode, contentLength: decoded.jsonByteCount(format), for: request, at: now,
        to: &output
      ) { $0.append(string: decoded.json(format)) }
    case .bounds(let bounds, let format):
      let content = bounds.json(format)
      return append(
        heads.bounds, contentLength: content.utf8.count, for: request, at: now, to: &output
      ) { $0.append(string: content) }
    case .page:
      let id = try nextRun(upTo: 1, for: .few, at: now).first
      return appendPage(
        DecodedID(made: id, by: source.layout), for: request, at: now, to: &output)
    case .apiDescription:
      let content = apiDescription
      return append(
        heads.apiDescription, contentLength: content.count, for: request, at: now, to: &output
      ) { $0.append(shared: content) }
    case .health:
      return append(
        heads.health, contentLength: 2, for: request, at: now, to: &output
      ) { $0.append("ok") }
    case .ready:
      if let problem = readiness(at: now) {
        return answer(request, with: problem, at: now, into: &output)
      }
      return append(
        heads.ready, contentLength: 5, for: request, at: now, to: &output
      ) { $0.append("ready") }
    case .metrics:
      let content = metricsContent(at: now)
      return append(
        heads.metrics, contentLength: content.count, for: request, at: now, to: &output
      ) { $0.append(content) }
    case .options:
      let isForServer = request.endpoint == .server
      let head = ResponseHead(
        status: .ok, contentType: "text/plain; charset=utf-8", contentLength: 0,
        connection: request.connection, allow: isForServer ? "GET, HEAD, OPTIONS" : nil,
        otherFieldLines: isForServer
          ? cors.fieldLines(for: origin) : cors.preflightFieldLines(for: origin))
      append(head, at: now, to: &output)
      return .answered(.ok, contentByteCount: 0)
    case .problem(let problem):
      return answer(request, with: problem, at: now, into: &output)
    }
  }

  /// - Parameter batch: the IDs made so far. If the request must wait, or an error ends it, no
  ///   other request gets them.
  private func nextBatch(
    of count: Int, batch: inout IDBatch?, at now: ClockReading
  ) throws(IDUnavailable) -> IDBatch {
    var made = batch ?? IDBatch(count: count)
    defer { batch = made }
    while made.missingCount > 0 {
      made.append(
        try nextRun(upTo: made.missingCount, for: RequestSize(idCount: count), at: now))
    }
    return made
  }

  @inline(never)
  private func answer(
    _ request: Request, with problem: Problem, at now: ClockReading,
    into output: inout OutputBuffer
  ) -> ResponseOutcome {
    let content = problem.content
    let head = ResponseHead(
      status: problem.status, contentType: Problem.contentType,
      contentLength: content.utf8.count, connection: request.connection, allow: problem.allow,
      isNoStore: problem.status == .serviceUnavailable,
      retryAfterSeconds: problem.retryAfterSeconds,
      otherFieldLines: cors.fieldLines(
        for: origin, hasRetryAfter: problem.retryAfterSeconds != nil))
    append(head, at: now, to: &output)
    guard !request.isHead else { return .answered(problem.status, contentByteCount: 0) }
    output.append(string: content)
    return .answered(problem.status, contentByteCount: content.utf8.count)
  }

  /// - Parameter appendContent: not called for `HEAD`.
  @inline(__always)
  private func append(
    _ head: HeadTemplate, contentLength: Int, for request: Request, at now: ClockReading,
    to output: inout OutputBuffer, _ appendContent: (inout OutputBuffer) -> Void
  ) -> ResponseOutcome {
    head.append(contentLength: contentLength, request.connection, at: now, to: &output)
    guard !request.isHead else { return .answered(.ok, contentByteCount: 0) }
    appendContent(&output)
    return .answered(.ok, contentByteCount: contentLength)
  }

  private func appendPage(
    _ id: DecodedID, for request: Request, at now: ClockReading, to output: inout OutputBuffer
  ) -> ResponseOutcome {
    let nonce = makeNonce()
    let contentLength = page.contentByteCount(id, nonce: nonce)
    let head = ResponseHead(
      status: .ok, contentType: "text/html; charset=utf-8", contentLength: contentLength,
      connection: request.connection, isNoStore: true,
      otherFieldLines: Page.securityFieldLines(nonce: nonce) + cors.fieldLines(for: origin))
    append(head, at: now, to: &output)
    guard !request.isHead else { return .answered(.ok, contentByteCount: 0) }
    output.append(page.content(id, nonce: nonce))
    return .answered(.ok, contentByteCount: contentLength)
  }

  private func append(
    _ head: ResponseHead, at now: ClockReading, to output: inout OutputBuffer
  ) {
    output.append(head, date: date(at: now).value)
  }
}
