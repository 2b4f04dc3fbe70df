import HTTP1
import Snowflake

/// An error response: RFC 9457, "Problem Details for HTTP APIs".
package struct Problem: Error, Equatable {
  var status: Status
  /// A stable code in snake case, for programs.
  var code: String
  /// What was wrong, the value, and what is allowed, for the client's developer.
  package var detail: String
  /// With status 405: the methods of the resource.
  var allow: StaticString?
  /// With status 503: the value of `Retry-After`.
  var retryAfterSeconds: Int?

  static let contentType: StaticString = "application/problem+json"

  var content: String {
    """
    {"title": "\(status.reason)", "status": \(status.rawValue), \
    "detail": "\(detail.escapedForJSON)", "code": "\(code)"}
    """
  }

  package static func == (left: Problem, right: Problem) -> Bool {
    left.content == right.content && left.retryAfterSeconds == right.retryAfterSeconds
  }
}

extension Problem {
  /// The problem of a request that could not be parsed; its connection will be closed.
  init(_ error: RequestError) {
    self.init(status: error.status, code: error.rawValue, detail: "\(error.detail)")
  }

  static func notFound(path: String) -> Problem {
    Problem(
      status: .notFound, code: "not_found",
      detail: "There is nothing at \(path.shortened).")
  }

  static func methodNotAllowed(allow: StaticString) -> Problem {
    Problem(
      status: .methodNotAllowed, code: "method_not_allowed",
      detail: "The methods allowed here are \(allow).", allow: allow)
  }

  static let notAProxy = Problem(
    status: .notImplemented, code: "not_implemented", detail: "This is not a proxy.")

  static func invalidID(_ text: String, maximum: SnowflakeID) -> Problem {
    Problem(
      status: .badRequest, code: "invalid_id",
      detail: "ID is \"\(text.shortened)\": a whole number from 0 to "
        + "\(maximum) is required, in decimal digits.")
  }

  static let requestTimeout = Problem(
    status: .requestTimeout, code: "request_timeout",
    detail: "The request was not complete in time.")

  static let draining = Problem(
    status: .serviceUnavailable, code: "draining", detail: "The server is about to stop.",
    retryAfterSeconds: 1)

  static func tooManyWaiting(_ layout: SnowflakeLayout) -> Problem {
    Problem(
      status: .serviceUnavailable, code: "too_many_waiting",
      detail: "Too many requests are waiting for the next \(layout.unitName).",
      retryAfterSeconds: 1)
  }

  package static let httpsRequired = Problem(
    status: .badRequest, code: "https_required",
    detail: "This port is for HTTPS, and the request came without TLS.")

  package static let tooManyConnections = Problem(
    status: .serviceUnavailable, code: "too_many_connections",
    detail: "Too many connections are open.", retryAfterSeconds: 1)
}
