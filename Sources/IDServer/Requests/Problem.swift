import HTTP1
import Snowflake

/// An error as the client sees it: RFC 9457, "Problem Details for HTTP APIs".
struct Problem: Error, Equatable {
  var status: Status
  /// Stable, in snake case: what programs may look at.
  var code: String
  /// What was wrong, what it was, what is allowed: for people.
  var detail: String
  /// The methods that the resource has, with status 405.
  var allow: StaticString?
  /// With status 503.
  var retryAfterSeconds: Int?

  static let contentType: StaticString = "application/problem+json"

  var content: String {
    """
    {"title": "\(status.reason)", "status": \(status.rawValue), \
    "detail": "\(detail.escapedForJSON)", "code": "\(code)"}
    """
  }

  static func == (left: Problem, right: Problem) -> Bool {
    left.content == right.content && left.retryAfterSeconds == right.retryAfterSeconds
  }
}

extension Problem {
  /// The request could not be understood; its connection will be closed.
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

  static func invalidID(_ text: String) -> Problem {
    Problem(
      status: .badRequest, code: "invalid_id",
      detail: "ID is \"\(text.shortened)\": a whole number from 0 to "
        + "\(SnowflakeID.maximumRawValue) is required, in decimal digits.")
  }

  static let requestTimeout = Problem(
    status: .requestTimeout, code: "request_timeout",
    detail: "The request did not come to its end in time.")

  static let draining = Problem(
    status: .serviceUnavailable, code: "draining", detail: "The server is about to stop.",
    retryAfterSeconds: 1)

  static let tooManyWaiting = Problem(
    status: .serviceUnavailable, code: "too_many_waiting",
    detail: "As many requests wait for the next millisecond as are allowed here.",
    retryAfterSeconds: 1)

  static let tooManyConnections = Problem(
    status: .serviceUnavailable, code: "too_many_connections",
    detail: "As many connections are open as are allowed here.", retryAfterSeconds: 1)
}

extension String {
  /// The string as the inside of a JSON string: RFC 8259 §7.
  package var escapedForJSON: String {
    var escaped = ""
    for scalar in unicodeScalars {
      switch scalar {
      case "\"": escaped += "\\\""
      case "\\": escaped += "\\\\"
      case "\u{00}"..."\u{1F}":
        let digits = String(scalar.value, radix: 16)
        escaped += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
      default: escaped.unicodeScalars.append(scalar)
      }
    }
    return escaped
  }

  /// The string if it is short, and its beginning otherwise: enough to recognize one's own input.
  var shortened: String {
    unicodeScalars.count <= 64 ? self : String(unicodeScalars.prefix(64)) + "…"
  }
}
