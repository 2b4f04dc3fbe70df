/// A parsed request line and the fields that this server needs.
///
/// Ranges are positions in the parsed bytes: nothing is copied.
public struct RequestHead: Equatable, Sendable {
  public internal(set) var method = Method.other
  public internal(set) var target = Target()
  /// The `x` of HTTP/1.x, 0…9. RFC 9110 §2.5: a version above 1.1 is treated as 1.1.
  public internal(set) var minorVersion: UInt8 = 1
  public internal(set) var body = Body.none
  public internal(set) var fields = Fields()
  /// The range of the field lines, each with its CR LF.
  public internal(set) var fieldLines = 0..<0

  /// The method. The server implements `GET`, `HEAD` and `OPTIONS *`; `CONNECT` has a target form
  /// of its own; `other` is any other token.
  public enum Method: UInt8, Sendable, CaseIterable {
    case get, head, options, connect, other
  }

  /// The target of the request, RFC 9112 §3.2.
  public struct Target: Equatable, Sendable {
    public enum Form: Sendable {
      /// A path and an optional query.
      case origin
      /// An `http` or `https` URI. Its authority overrides `Host`.
      case absolute
      /// Host and port, for `CONNECT`.
      case authority
      /// `*`, for `OPTIONS`.
      case asterisk
    }

    public internal(set) var form = Form.origin
    /// The path as sent. Empty in an absolute URI without one, which means `/`, and in the
    /// authority and asterisk forms.
    public internal(set) var path = 0..<0
    /// The query as sent, without its question mark; empty if there is none.
    public internal(set) var query = 0..<0
  }

  /// How the body is framed, RFC 9112 §6.3.
  public enum Body: Equatable, Sendable {
    case none
    /// This many bytes follow, 1…Int.max.
    case length(Int)
    case chunked
  }

  /// The fields that were found while parsing.
  public struct Fields: OptionSet, Sendable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let host = Fields(rawValue: 1 << 0)
    /// `Connection: close`.
    public static let close = Fields(rawValue: 1 << 1)
    /// `Connection: keep-alive`.
    public static let keepAlive = Fields(rawValue: 1 << 2)
    /// `Expect: 100-continue`.
    public static let expectContinue = Fields(rawValue: 1 << 3)
    /// An `Accept` field, whatever its value.
    public static let accept = Fields(rawValue: 1 << 4)
  }

  /// Whether the client allows the connection to persist, RFC 9112 §9.3.
  public var isPersistent: Bool {
    if fields.contains(.close) { return false }
    return minorVersion >= 1 || fields.contains(.keepAlive)
  }

  /// Whether the client waits for `100 Continue` before it sends the body.
  ///
  /// RFC 9110 §10.1.1: from an HTTP/1.0 client it is ignored.
  public var expectsContinue: Bool {
    fields.contains(.expectContinue) && minorVersion >= 1 && body != .none
  }

  /// Calls `body` with the value of each field line of that name, in order.
  ///
  /// - Parameters:
  ///   - name: lowercase ASCII.
  ///   - bytes: the bytes from which the head was parsed.
  public func forEachValue(
    of name: StaticString, in bytes: Span<UInt8>, _ body: (Range<Int>) -> Void
  ) {
    bytes.forEachFieldValue(of: name, in: fieldLines, body)
  }
}
