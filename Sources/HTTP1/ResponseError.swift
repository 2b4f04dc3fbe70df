/// Why a response cannot be parsed. The start of the next response is then unknown, so the client
/// closes the connection.
public enum ResponseError: Error, Hashable, Sendable {
  /// The first line is not `HTTP-version SP status-code SP [ reason-phrase ]`: RFC 9112 §4.
  case invalidStatusLine
  /// The HTTP version is not 1.x.
  case unsupportedVersion
  /// 101: the server switched to a protocol that the client has not requested, RFC 9110 §15.2.2.
  case unrequestedUpgrade
  /// The connection ended before the response did, RFC 9112 §8.
  case truncated
  /// It breaks a rule or exceeds a limit that requests have as well: on lines, fields, lengths or
  /// chunks.
  case message(RequestError)
}

extension ResponseError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .invalidStatusLine:
      "The first line is not: HTTP/1.1, one space, three digits, one space, any text."
    case .unsupportedVersion: "The HTTP version is not 1.0 or 1.1."
    case .unrequestedUpgrade: "The server switched to another protocol."
    case .truncated: "The connection was closed before the end of the response."
    case .message(let error): "\(error.detail)"
    }
  }
}
