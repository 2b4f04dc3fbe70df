import HTTP1

/// The web pages of other origins that may read responses: the CORS protocol of the Fetch standard.
///
/// It does not limit who can send requests.
public struct CORSPolicy: Equatable, Sendable, CustomStringConvertible {
  /// Empty, `*` alone, or origins as browsers send them: in lowercase, without a default port.
  private let origins: [String]

  /// The maximum number of origins: the server keeps response templates for each.
  static let maximumOriginCount = 100

  /// No other origin may, and responses do not mention CORS.
  public static let none = CORSPolicy(origins: [])

  private init(origins: [String]) {
    self.origins = origins
  }

  /// Parses `*`, or origins with commas between them, such as `https://app.example.com`.
  public init(_ text: String) throws(InvalidOrigin) {
    guard text != "*" else {
      origins = ["*"]
      return
    }
    var origins: [String] = []
    let parts = text.split(separator: ",", omittingEmptySubsequences: false)
    for part in parts {
      guard let origin = Origin(part.trimmingSpaces) else {
        throw InvalidOrigin(part: parts.count > 1 ? String(part) : nil)
      }
      if !origins.contains(origin.text) { origins.append(origin.text) }
    }
    guard origins.count <= Self.maximumOriginCount else { throw InvalidOrigin(part: nil) }
    self.origins = origins
  }

  /// As it is parsed, or `none`.
  public var description: String { self == .none ? "none" : origins.joined(separator: ",") }

  /// A text that is not a policy.
  public struct InvalidOrigin: Error, Equatable, CustomStringConvertible {
    /// The part of a list that is not an origin; `nil` if there is no list, or it is too long.
    let part: String?

    /// What is required, and the part that is not an origin.
    public var description: String {
      let required =
        "* is required, or origins such as https://app.example.com with commas between them, "
        + "at most \(maximumOriginCount): scheme://host[:port], without a path"
      guard let part, !part.isEmpty else { return required }
      return "\"\(part.escapedForJSON.shortened)\" is not an origin; \(required)"
    }
  }
}

// MARK: - Requests

extension CORSPolicy {
  /// Whether each response has the same field lines: they do not depend on the request.
  ///
  /// Fetch standard, "CORS protocol and HTTP caches": a server that allows `*` or one origin always
  /// sends the same value, and no `Vary`.
  private var isConstant: Bool { origins.count <= 1 }

  /// The index of the listed origin from which a request comes; `nil` if it comes from none, or if
  /// the response does not depend on it.
  ///
  /// Not inlined, which keeps the hot path short.
  @inline(never)
  func origin(of head: RequestHead, in bytes: Span<UInt8>) -> Int? {
    guard !isConstant else { return nil }
    var index: Int?
    var valueCount = 0
    head.forEachValue(of: "origin", in: bytes) { value in
      valueCount += 1
      let text = bytes.text(in: value)
      index = origins.firstIndex { $0.utf8.elementsEqual(text.utf8) }
    }
    return valueCount == 1 ? index : nil
  }

  /// Whether a request asks, before another one, whether its origin may send that.
  ///
  /// - Parameter origin: the result of ``origin(of:in:)``.
  func isPreflight(_ head: RequestHead, from origin: Int?, in bytes: Span<UInt8>) -> Bool {
    guard head.method == .options, allowedOrigin(origin) != nil else { return false }
    var isPreflight = false
    head.forEachValue(of: "access-control-request-method", in: bytes) { _ in isPreflight = true }
    return isPreflight
  }
}

// MARK: - Responses

extension CORSPolicy {
  /// The value of `Access-Control-Allow-Origin` for a request, if it has one.
  private func allowedOrigin(_ origin: Int?) -> String? {
    isConstant ? origins.first : origin.map { origins[$0] }
  }

  /// The field lines of a response, each with its CR LF; empty without a policy.
  ///
  /// - Parameters:
  ///   - origin: the result of ``origin(of:in:)`` for the request.
  ///   - hasRetryAfter: whether the response has `Retry-After`, which a page can only read if the
  ///     server says so.
  func fieldLines(for origin: Int?, hasRetryAfter: Bool = false) -> String {
    let vary = isConstant ? "" : "Vary: Origin\r\n"
    guard let allowed = allowedOrigin(origin) else { return vary }
    let expose = hasRetryAfter ? "Access-Control-Expose-Headers: Retry-After\r\n" : ""
    return "Access-Control-Allow-Origin: \(allowed)\r\n" + vary + expose
  }

  /// The field lines of the response to a preflight request.
  ///
  /// Any header may be sent: the server ignores those that it does not know. `*` does not include
  /// `Authorization`. Browsers keep the answer for two hours, the longest time that Chromium
  /// allows.
  func preflightFieldLines(for origin: Int?) -> String {
    fieldLines(for: origin) + """
      Access-Control-Allow-Methods: GET, HEAD\r
      Access-Control-Allow-Headers: *, Authorization\r
      Access-Control-Max-Age: 7200\r

      """
  }
}

/// An origin as browsers write it: HTML standard, "serialization of an origin".
private struct Origin {
  /// In lowercase, without the scheme's default port.
  let text: String

  init?(_ text: Substring) {
    let text = text.lowercased()
    guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else { return nil }
    let scheme = text[..<colon]
    let authority = text[colon...].dropFirst(3)
    guard let first = scheme.utf8.first, first.isLowercaseLetter,
      scheme.utf8.allSatisfy({ $0.isLowercaseLetterOrDigit || "+-.".utf8.contains($0) })
    else { return nil }

    var host = authority
    var port: Substring?
    let hostEnd = authority.firstIndex(of: "]").map { authority.index(after: $0) }
    if let portColon = authority[(hostEnd ?? authority.startIndex)...].firstIndex(of: ":") {
      host = authority[..<portColon]
      port = authority[portColon...].dropFirst()
    }
    guard Self.isHost(host) else { return nil }
    guard let port else {
      self.text = text
      return
    }
    guard (1...5).contains(port.utf8.count), port.utf8.allSatisfy(\.isDigit),
      let number = Int(port), 1...65_535 ~= number
    else { return nil }
    let isDefault = (scheme, number) == ("https", 443) || (scheme, number) == ("http", 80)
    self.text = "\(scheme)://\(host)" + (isDefault ? "" : ":\(number)")
  }

  /// A name or an IPv4 address, or an IPv6 address in brackets.
  private static func isHost(_ host: Substring) -> Bool {
    if host.hasPrefix("["), host.hasSuffix("]") {
      let address = host.dropFirst().dropLast().utf8
      return !address.isEmpty
        && address.allSatisfy { 0x30...0x3A ~= $0 || 0x61...0x66 ~= $0 || $0 == UInt8(ascii: ".") }
    }
    return (1...253).contains(host.utf8.count)
      && host.utf8.allSatisfy { $0.isLowercaseLetterOrDigit || "-._".utf8.contains($0) }
  }
}

extension UInt8 {
  fileprivate var isLowercaseLetter: Bool { 0x61...0x7A ~= self }
  fileprivate var isLowercaseLetterOrDigit: Bool { isLowercaseLetter || isDigit }
}
