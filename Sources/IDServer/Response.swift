import HTTP1
import Snowflake

extension IDService {
  /// Appends the response to `request`.
  ///
  /// - Returns: whether there is one. If not, the IDs of this millisecond are used up: ask again
  ///   in the next. `request` keeps those that it has got.
  func respond(
    to request: inout Request, at now: WallClock.Instant, _ output: inout OutputBuffer
  ) -> Bool {
    do throws(GeneratorError) {
      switch request.route {
      case .id(let format):
        let run: InlineArray = [try nextRun(upTo: 1, at: now)]
        respond(to: request, with: run.span, in: frames.one(format), at: now, &output)
      case .ids(var batch, let format):
        // What a batch has got before it must wait, or before an error, is nobody else's.
        defer { request.route = .ids(batch, format) }
        while batch.missingCount > 0 {
          batch.append(try nextRun(upTo: batch.missingCount, at: now))
        }
        respond(to: request, with: batch.runs.span, in: frames.many(format), at: now, &output)
      case .health:
        appendHead(request, "text/plain; charset=utf-8", contentLength: 2, at: now, &output)
        if !request.isHead { output.append("ok") }
      case .options:
        let head = ResponseHead(
          status: .ok, contentType: "text/plain; charset=utf-8", contentLength: 0,
          connection: request.connection, allow: "GET, HEAD, OPTIONS")
        output.append(head, date: date(at: now))
      case .problem(let problem):
        respond(to: request, with: problem, at: now, &output)
      }
    } catch .sequenceExhausted {
      guard waitingCount < Limits.waitingCount else {
        respond(to: request, with: .tooManyWaiting, at: now, &output)
        return true
      }
      return false
    } catch {
      respond(to: request, with: Problem(error), at: now, &output)
    }
    return true
  }

  private func respond(
    to request: Request, with runs: Span<SnowflakeIDRun>, in frame: IDFrame,
    at now: WallClock.Instant, _ output: inout OutputBuffer
  ) {
    appendHead(
      request, frame.contentType, contentLength: frame.contentLength(of: runs), isNoStore: true,
      at: now, &output)
    if !request.isHead { frame.append(runs, to: &output) }
  }

  private func respond(
    to request: Request, with problem: Problem, at now: WallClock.Instant,
    _ output: inout OutputBuffer
  ) {
    let content = problem.content
    let head = ResponseHead(
      status: problem.status, contentType: Problem.contentType,
      contentLength: content.utf8.count, connection: request.connection, allow: problem.allow,
      isNoStore: problem.status == .serviceUnavailable,
      retryAfterSeconds: problem.retryAfterSeconds)
    output.append(head, date: date(at: now))
    if !request.isHead { output.append(string: content) }
  }

  private func appendHead(
    _ request: Request, _ contentType: StaticString, contentLength: Int, isNoStore: Bool = false,
    at now: WallClock.Instant, _ output: inout OutputBuffer
  ) {
    let head = ResponseHead(
      status: .ok, contentType: contentType, contentLength: contentLength,
      connection: request.connection, isNoStore: isNoStore)
    output.append(head, date: date(at: now))
  }
}
