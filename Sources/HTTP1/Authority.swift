import Glibc

// Host and port: the value of `Host`, the authority of an absolute URI, the target of `CONNECT`.

extension Span<UInt8> {
  /// Whether `range` holds `uri-host [ ":" port ]` with a host that is not empty.
  ///
  /// User information (`user@`) is refused: RFC 9110 §4.2.4 recommends to treat it as an error.
  func isAuthority(_ range: Range<Int>, portIsRequired: Bool = false) -> Bool {
    guard !range.isEmpty else { return false }
    let hostEnd =
      if self[range.lowerBound] == UInt8(ascii: "[") {
        endOfIPv6Literal(range)
      } else {
        // `reg-name`, RFC 3986 §3.2.2; IPv4 addresses match it, too.
        firstIndex(notPercentEncodedFrom: .registeredName, in: range)
      }
    guard let hostEnd, hostEnd > range.lowerBound else { return false }
    guard hostEnd < range.upperBound else { return !portIsRequired }
    return self[hostEnd] == .colon
      && isPort(hostEnd + 1..<range.upperBound, mayBeEmpty: !portIsRequired)
  }

  /// `port = *DIGIT`, RFC 3986 §3.2.3, at most 65535.
  @inline(__always)
  private func isPort(_ range: Range<Int>, mayBeEmpty: Bool) -> Bool {
    let digits = extracting(range)
    var (port, index) = (0, 0)
    while index < digits.count {
      let digit = digits[index] &- UInt8(ascii: "0")
      guard digit <= 9 else { return false }
      port = port &* 10 &+ Int(digit)
      guard port <= UInt16.max else { return false }
      index &+= 1
    }
    return mayBeEmpty || !range.isEmpty
  }

  /// The end of the literal that begins with `[`, or `nil` if it is not an IPv6 address in
  /// brackets.
  ///
  /// The C function is `inet_pton`.
  private func endOfIPv6Literal(_ range: Range<Int>) -> Int? {
    guard let bracket = firstIndex(of: UInt8(ascii: "]"), in: range) else { return nil }
    var text = ""
    for index in range.lowerBound + 1..<bracket {
      let byte = self[index]
      guard byte.hexadecimalValue != nil || byte == .colon || byte == UInt8(ascii: ".")
      else { return nil }
      text.unicodeScalars.append(Unicode.Scalar(byte))
    }
    var address = in6_addr()
    return unsafe inet_pton(AF_INET6, text, &address) == 1 ? bracket + 1 : nil
  }
}
