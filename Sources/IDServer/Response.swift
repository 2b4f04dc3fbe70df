import HTTP1
import Snowflake

extension IDService {
  /// Appends the response to `request`.
  ///
  /// - Returns: whether there is one. If not, the IDs of this millisecond are used up: ask again
  ///   in the next.
  func respond(
    to request: Request, at now: WallClock.Instant, _ output: inout OutputBuffer
  ) -> Bool {
    switch request.route {
    case .id:
      do {
        respond(to: request, with: try nextID(at: now), at: now, &output)
      } catch .sequenceExhausted {
        return false
      } catch {
        respond(to: request, with: Problem(error), at: now, &output)
      }
    case .health:
      appendHead(request, contentType: "text/plain; charset=utf-8", contentLength: 2, now, &output)
      if !request.isHead { output.append("ok") }
    case .options:
      let head = ResponseHead(
        status: .ok, contentType: "text/plain; charset=utf-8", contentLength: 0,
        connection: request.connection, allow: "GET, HEAD, OPTIONS")
      output.append(head, date: date(at: now))
    case .problem(let problem):
      respond(to: request, with: problem, at: now, &output)
    }
    return true
  }

  /// `{"id": 275238510129057792, "machine_id": 1}`
  private func respond(
    to request: Request, with id: SnowflakeID, at now: WallClock.Instant,
    _ output: inout OutputBuffer
  ) {
    let prefix: StaticString = "{\"id\": "
    let contentLength =
      prefix.utf8CodeUnitCount + id.rawValue.decimalDigitCount + machineIDSuffix.utf8.count
    appendHead(
      request, contentType: "application/json", contentLength: contentLength, isNoStore: true, now,
      &output)
    guard !request.isHead else { return }
    output.append(prefix)
    output.append(decimal: id.rawValue)
    output.append(string: machineIDSuffix)
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
    _ request: Request, contentType: StaticString, contentLength: Int, isNoStore: Bool = false,
    _ now: WallClock.Instant, _ output: inout OutputBuffer
  ) {
    let head = ResponseHead(
      status: .ok, contentType: contentType, contentLength: contentLength,
      connection: request.connection, isNoStore: isNoStore)
    output.append(head, date: date(at: now))
  }
}
