/// The head of a response to send: RFC 9112 §4 and §5.
public struct ResponseHead: Sendable {
  public var status: Status
  public var contentType: StaticString
  /// The content's length in bytes; for `HEAD`, the length that `GET` would have.
  public var contentLength: Int
  public var connection: Connection
  /// The methods that the target supports, for 405 and `OPTIONS`.
  public var allow: StaticString?
  /// Whether caches must not store the response, because it has an ID in it.
  public var isNoStore: Bool
  /// For 503: the value of `Retry-After`, in seconds.
  public var retryAfterSeconds: Int?
  /// Field lines that few responses have, each with its CR LF.
  public var otherFieldLines: String

  /// The `Connection` field, RFC 9112 §9.
  public enum Connection: Sendable {
    /// No field: an HTTP/1.1 connection persists by default.
    case persistent
    /// `keep-alive`, which HTTP/1.0 requires for the connection to persist.
    case keepAlive
    case close
  }

  public init(
    status: Status, contentType: StaticString = "application/json", contentLength: Int,
    connection: Connection, allow: StaticString? = nil, isNoStore: Bool = false,
    retryAfterSeconds: Int? = nil, otherFieldLines: String = ""
  ) {
    self.status = status
    self.contentType = contentType
    self.contentLength = contentLength
    self.connection = connection
    self.allow = allow
    self.isNoStore = isNoStore
    self.retryAfterSeconds = retryAfterSeconds
    self.otherFieldLines = otherFieldLines
  }
}

extension OutputBuffer {
  /// Appends the head of a response, including the empty line.
  ///
  /// - Parameter date: the value of `Date`, an `IMF-fixdate`: RFC 9110 §5.6.7.
  public mutating func append(_ head: ResponseHead, date: [UInt8]) {
    if head.status == .ok {
      append("HTTP/1.1 200 OK\r\nDate: ")
    } else {
      append("HTTP/1.1 ")
      append(decimal: UInt64(head.status.rawValue))
      append(" ")
      append(head.status.reason)
      append("\r\nDate: ")
    }
    append(date)
    append("\r\nContent-Type: ")
    append(head.contentType)
    append("\r\nContent-Length: ")
    append(decimal: UInt64(head.contentLength))
    if head.isNoStore { append("\r\nCache-Control: no-store") }
    if let allow = head.allow {
      append("\r\nAllow: ")
      append(allow)
    }
    if let seconds = head.retryAfterSeconds {
      append("\r\nRetry-After: ")
      append(decimal: UInt64(seconds))
    }
    append("\r\n")
    append(string: head.otherFieldLines)
    switch head.connection {
    case .persistent: append("\r\n")
    case .keepAlive: append("Connection: keep-alive\r\n\r\n")
    case .close: append("Connection: close\r\n\r\n")
    }
  }

  /// `100 Continue`: the client may send the body. RFC 9110 §15.2.1.
  public mutating func appendContinue() {
    append("HTTP/1.1 100 Continue\r\n\r\n")
  }
}
