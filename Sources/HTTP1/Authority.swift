import Glibc

// Host and port, as they stand in `Host`, in an absolute URI and in the target of `CONNECT`.

extension Span<UInt8> {
  /// Whether `range` holds `uri-host [ ":" port ]` with a host that is not empty.
  ///
  /// User information (`user@`) is no part of it: RFC 9110 §4.2.4 has it treated as an error.
  func isAuthority(_ range: Range<Int>, portIsRequired: Bool = false) -> Bool {
    guard !range.isEmpty else { return false }
    let hostEnd =
      if self[range.lowerBound] == UInt8(ascii: "[") {
        endOfIPv6Literal(range)
      } else {
        // `reg-name`, RFC 3986 §3.2.2; it takes in IPv4 addresses.
        firstIndex(notPercentEncodedFrom: .registeredName, in: range)
      }
    guard let hostEnd, hostEnd > range.lowerBound else { return false }
    guard hostEnd < range.upperBound else { return !portIsRequired }
    return self[hostEnd] == .colon
      && isPort(hostEnd + 1..<range.upperBound, mayBeEmpty: !portIsRequired)
  }

  /// `port = *DIGIT`, RFC 3986 §3.2.3, and no more than TCP has.
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

  /// Where the literal that begins with `[` ends, or `nil` if it is not an IPv6 address in brackets.
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
