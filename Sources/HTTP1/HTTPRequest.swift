/// A request for a client to send. Its values are validated: none can contain a line end, so they
/// can be written without escaping.
public struct HTTPRequest: Equatable, Sendable {
  /// RFC 9110 §9.3. The raw value is the token that is sent.
  public enum Method: String, Sendable, CaseIterable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case delete = "DELETE"
  }

  /// The value that its grammar does not allow.
  public enum InvalidValue: Error, Hashable, Sendable {
    case target, authorization, contentType
  }

  public let method: Method
  /// A path, and perhaps a query: RFC 9112 §3.2.1.
  public let target: String
  /// The credentials, the value of `Authorization`: RFC 9110 §11.6.2.
  public let authorization: String?
  public let contentType: String?
  public let body: [UInt8]

  /// - Throws: the name of a value with bytes that its grammar does not allow, such as CR, LF or
  ///   NUL.
  public init(
    method: Method = .get, target: String, authorization: String? = nil,
    contentType: String? = nil, body: [UInt8] = []
  ) throws(InvalidValue) {
    guard Self.isTarget(target.utf8.span) else { throw .target }
    guard Self.isFieldValue(authorization) else { throw .authorization }
    guard Self.isFieldValue(contentType) else { throw .contentType }
    self.method = method
    self.target = target
    self.authorization = authorization
    self.contentType = contentType
    self.body = body
  }

  private static func isTarget(_ bytes: Span<UInt8>) -> Bool {
    var target = RequestHead.Target()
    do throws(RequestError) {
      try target.parse(0..<bytes.count, in: bytes, method: .other)
    } catch {
      return false
    }
    return target.form == .origin
  }

  /// RFC 9110 §5.5: not empty, no control character, and no leading or trailing whitespace, which
  /// the server would remove.
  private static func isFieldValue(_ text: String?) -> Bool {
    guard let text else { return true }
    let bytes = text.utf8.span
    let all = 0..<bytes.count
    return !all.isEmpty && bytes.trimming(all) == all
      && bytes.firstIndexNotInFieldValue(in: all) == all.upperBound
  }
}

/// The value of `Host`: the server's host and port, as configured. RFC 9110 §7.2.
public struct HostField: Equatable, Sendable {
  fileprivate let value: String

  /// `nil` if `host` is neither a `reg-name` (RFC 3986 §3.2.2) nor a numeric address.
  ///
  /// - Parameter host: a name or address; an IPv6 address without brackets. A zone is removed: it
  ///   has no meaning for the server (RFC 6874 §4).
  public init?(host: String, port: UInt16) {
    if host.utf8.contains(.colon) {
      value = "[\(host.prefix { $0 != "%" })]:\(port)"
    } else {
      value = "\(host):\(port)"
    }
    let bytes = value.utf8.span
    guard bytes.isAuthority(0..<bytes.count, portIsRequired: true) else { return nil }
  }
}

extension OutputBuffer {
  /// Appends a whole request.
  ///
  /// - Parameter userAgent: the product that sends it, such as `idgen/1.0.0`: RFC 9110 §10.1.5.
  ///
  /// RFC 9110 §8.6: `Content-Length` is sent if the method defines a meaning for content, even if
  /// the length is 0.
  public mutating func append(_ request: HTTPRequest, host: HostField, userAgent: String) {
    append(string: request.method.rawValue)
    append(" ")
    append(string: request.target)
    append(" HTTP/1.1\r\nHost: ")
    append(string: host.value)
    append("\r\nUser-Agent: ")
    append(string: userAgent)
    if let authorization = request.authorization {
      append("\r\nAuthorization: ")
      append(string: authorization)
    }
    if let contentType = request.contentType {
      append("\r\nContent-Type: ")
      append(string: contentType)
    }
    if !request.body.isEmpty || request.method == .post || request.method == .put {
      append("\r\nContent-Length: ")
      append(decimal: UInt64(request.body.count))
    }
    append("\r\n\r\n")
    append(request.body)
  }
}
