/// What a response says before its content: RFC 9112 §4 and §5.
public struct ResponseHead: Sendable {
  public var status: Status
  public var contentType: StaticString
  /// What the content's length is, or would be if the request were not a `HEAD`.
  public var contentLength: Int
  public var connection: Connection
  /// The methods that the target has, for 405 and `OPTIONS`.
  public var allow: StaticString?
  /// Whether the content must not be stored: it is an ID, made once.
  public var isNoStore: Bool
  /// For 503: after how many seconds a retry makes sense.
  public var retryAfterSeconds: Int?
  /// Field lines that few responses have, each with its CR LF.
  public var otherFieldLines: String

  /// What is said of the connection, RFC 9112 §9.
  public enum Connection: Sendable {
    /// Nothing: it stays open, as HTTP/1.1 does by itself.
    case persistent
    /// `keep-alive`, which an HTTP/1.0 client must be told.
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
  /// Appends a response's head, the empty line included.
  public mutating func append(_ head: ResponseHead, date: HTTPDate) {
    if head.status == .ok {
      append("HTTP/1.1 200 OK\r\nDate: ")
    } else {
      append("HTTP/1.1 ")
      append(decimal: UInt64(head.status.rawValue))
      append(" ")
      append(head.status.reason)
      append("\r\nDate: ")
    }
    append(date.bytes.span)
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
