import Documents
import HTTP1
import Reservations
import Snowflake

extension IDService {
  /// Appends the response to `request` to `output`.
  ///
  /// - Returns: whether there is one. If not, the IDs of this millisecond are used up: ask again
  ///   in the next. `request` keeps those that it has got.
  func respond(
    to request: inout Request, at now: ClockReading, into output: inout OutputBuffer
  ) -> Bool {
    do throws(IDUnavailable) {
      switch request.route {
      case .id(let format):
        let id = try nextRun(upTo: 1, for: .few, at: now).first
        frames.one(format).append(id, for: request, date(at: now), to: &output)
        metrics.didAnswer(.id)
      case .ids(var batch, let format):
        let size = RequestSize(idCount: batch.count)
        // What a batch has got before it must wait, or before an error, is nobody else's.
        defer { request.route = .ids(batch, format) }
        while batch.missingCount > 0 {
          batch.append(try nextRun(upTo: batch.missingCount, for: size, at: now))
        }
        frames.many(format).append(batch.runs.span, for: request, date(at: now), to: &output)
        metrics.didAnswer(.ids)
      case .decode(let id):
        append("application/json", Array(id.json.utf8), for: request, at: now, to: &output)
        metrics.didAnswer(.decode)
      case .page:
        let id = try nextRun(upTo: 1, for: .few, at: now).first
        let nonce = makeNonce()
        append(
          "text/html; charset=utf-8", Page.served.content(id, nonce: nonce), for: request, at: now,
          isNoStore: true, otherFieldLines: Page.securityFieldLines(nonce: nonce), to: &output)
        metrics.didAnswer(.page)
      case .apiDescription:
        // RFC 9512 §2.1.
        append("application/yaml", Documents.apiDescription, for: request, at: now, to: &output)
        metrics.didAnswer(.apiDescription)
      case .health:
        append(.plainText(contentLength: 2, request.connection), at: now, to: &output)
        if !request.isHead { output.append("ok") }
        metrics.didAnswer(.health)
      case .ready:
        if let problem = readiness(at: now) {
          respond(to: request, with: problem, at: now, into: &output)
        } else {
          append(.plainText(contentLength: 5, request.connection), at: now, to: &output)
          if !request.isHead { output.append("ready") }
          metrics.didAnswer(.ready)
        }
      case .metrics:
        let content = Array(metricsText(at: now).utf8)
        append(MetricsText.contentType, content, for: request, at: now, to: &output)
        metrics.didAnswer(.metrics)
      case .options:
        var head = ResponseHead.plainText(contentLength: 0, request.connection)
        head.allow = "GET, HEAD, OPTIONS"
        append(head, at: now, to: &output)
        metrics.didAnswer(.server)
      case .problem(let problem):
        respond(to: request, with: problem, at: now, into: &output)
      }
    } catch .notYet {
      guard waiters[request.route.size] < Limits.waitingCount else {
        respond(to: request, with: .tooManyWaiting, at: now, into: &output)
        return true
      }
      return false
    } catch {
      respond(to: request, with: Problem(error), at: now, into: &output)
    }
    return true
  }

  private func respond(
    to request: Request, with problem: Problem, at now: ClockReading,
    into output: inout OutputBuffer
  ) {
    let content = problem.content
    let head = ResponseHead(
      status: problem.status, contentType: Problem.contentType,
      contentLength: content.utf8.count, connection: request.connection, allow: problem.allow,
      isNoStore: problem.status == .serviceUnavailable,
      retryAfterSeconds: problem.retryAfterSeconds)
    append(head, at: now, to: &output)
    if !request.isHead { output.append(string: content) }
    metrics.didAnswer(request.route.endpoint, problem.status)
  }

  private func append(
    _ contentType: StaticString, _ content: [UInt8], for request: Request,
    at now: ClockReading, isNoStore: Bool = false,
    otherFieldLines: String = "", to output: inout OutputBuffer
  ) {
    let head = ResponseHead(
      status: .ok, contentType: contentType, contentLength: content.count,
      connection: request.connection, isNoStore: isNoStore, otherFieldLines: otherFieldLines)
    append(head, at: now, to: &output)
    if !request.isHead { output.append(content) }
  }

  private func append(
    _ head: ResponseHead, at now: ClockReading, to output: inout OutputBuffer
  ) {
    output.append(head, date: date(at: now).value)
  }
}

extension ResponseHead {
  fileprivate static func plainText(
    contentLength: Int, _ connection: Connection
  ) -> ResponseHead {
    ResponseHead(
      status: .ok, contentType: "text/plain; charset=utf-8", contentLength: contentLength,
      connection: connection)
  }
}
